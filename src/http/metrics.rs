//! `/metrics`: Prometheus text. Names carry their unit.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
    status: u16,
}

/// What is counted.
#[derive(Clone)]
pub struct Metrics(Arc<Counted>);

struct Counted {
    requests: Family<Route, Counter>,
    seconds: Histogram,
    live: Gauge,
    in_hand: Gauge,
    registry: Mutex<Registry>,
}

/// Something that somebody else counts, or measures, when it is asked.
struct Asked<T, F>(F, PhantomData<fn() -> T>);

impl<T, F> fmt::Debug for Asked<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked")
    }
}

impl<F: Fn() -> u64 + Send + Sync + 'static> EncodeMetric for Asked<u64, F> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        encoder.encode_counter::<NoLabelSet, _, u64>(&(self.0)(), None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Counter
    }
}

impl<F: Fn() -> f64 + Send + Sync + 'static> EncodeMetric for Asked<f64, F> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        encoder.encode_gauge(&(self.0)())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Gauge
    }
}

/// Some counters of one name, each with its labels.
type Each = Vec<(Vec<(&'static str, String)>, u64)>;

impl<F: Fn() -> Each + Send + Sync + 'static> EncodeMetric for Asked<Each, F> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        for (labels, count) in (self.0)() {
            encoder.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Counter
    }
}

impl Metrics {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        let requests = Family::<Route, Counter>::default();
        // 0.25 ms to 8 s.
        let seconds = Histogram::new(exponential_buckets(0.000_25, 2.0, 16));
        let (live, in_hand) = (Gauge::default(), Gauge::default());
        let mut registry = Registry::with_prefix("callout");
        registry.register("http_requests", "HTTP requests answered, by route pattern", requests.clone());
        registry.register("http_request_seconds", "Time to answer an HTTP request", seconds.clone());
        registry.register("live_calls", "Calls that have not ended", live.clone());
        registry.register("work_in_hand", "Effects and timers that wait or are carried out", in_hand.clone());
        Self(Arc::new(Counted { requests, seconds, live, in_hand, registry: Mutex::new(registry) }))
    }

    /// Also shows what `ask` has counted.
    pub fn count(&self, name: &str, help: &str, ask: impl Fn() -> u64 + Send + Sync + 'static) {
        self.registry().register(name, help, Asked(ask, PhantomData::<fn() -> u64>));
    }

    /// Also shows what `ask` has counted, by labels.
    pub fn count_each(&self, name: &str, help: &str, ask: impl Fn() -> Each + Send + Sync + 'static) {
        self.registry().register(name, help, Asked(ask, PhantomData::<fn() -> Each>));
    }

    /// Also shows what `ask` measures; the name has the unit.
    pub fn measure(&self, name: &str, help: &str, ask: impl Fn() -> f64 + Send + Sync + 'static) {
        self.registry().register(name, help, Asked(ask, PhantomData::<fn() -> f64>));
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.0.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn request(&self, route: &str, status: u16, seconds: f64) {
        let route = Route { route: route.to_owned(), status };
        self.0.requests.get_or_create(&route).inc();
        self.0.seconds.observe(seconds);
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// The route; `gauges` tells how many calls live, and how much work is in hand.
pub fn router(
    metrics: Metrics,
    gauges: impl Fn() -> (usize, usize) + Clone + Send + Sync + 'static,
) -> Router {
    let answer = move || {
        let (metrics, gauges) = (metrics.clone(), gauges.clone());
        async move {
            let (live, in_hand) = gauges();
            metrics.0.live.set(i64::try_from(live).unwrap_or(i64::MAX));
            metrics.0.in_hand.set(i64::try_from(in_hand).unwrap_or(i64::MAX));
            let mut text = String::new();
            let _infallible = encode(&mut text, &metrics.registry());
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(CONTENT_TYPE, kind)], text).into_response()
        }
    };
    Router::new().route("/metrics", get(answer))
}
