//! Text to speech, without a voice (wire reference, 9.2): the answer is a file in the format that was asked
//! for, as long as the text suggests, and silent. An MP3 file carries the text in its title.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::super::Sandbox;
use super::fields::{Fields, wrong};
use super::{Answer, CloudRefused};

/// Characters of a text on the international site.
const TEXT: std::ops::RangeInclusive<usize> = 1..=255;
const MODEL: &str = "flow_01_turbo";
/// Samples of one MP3 frame at these rates.
const FRAME: usize = 576;
/// Samples that a character takes: a tenth of a second would be nearer to speech, and larger.
const PER_CHARACTER: usize = FRAME / 4;

/// What the file shall be.
#[derive(Debug, Clone, Copy)]
struct Format {
    name: FormatName,
    /// Samples per second.
    rate: usize,
    /// Thousand bits per second, of MP3.
    bits: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FormatName {
    Mp3,
    Wav,
    Pcm,
}

impl Sandbox {
    pub(super) fn speak(&self, body: &Value) -> Result<Answer, CloudRefused> {
        let known = ["Text", "Voice", "SdkAppId", "AudioFormat", "Model", "Language", "APIKey"];
        let fields = Fields::of(body, &known)?;
        self.check_app(&fields)?;
        let text = fields.needed_text("Text")?;
        if !TEXT.contains(&text.chars().count()) {
            let message = "Text must have 1 to 255 characters";
            return Err(CloudRefused::new("InvalidParameter.OutOfRange", message));
        }
        check_voice(&fields)?;
        if fields.text("Model")?.is_some_and(|model| model != MODEL) {
            return Err(wrong("Model", "is not known"));
        }
        fields.text("Language")?;
        fields.text("APIKey")?;
        let file = format(&fields)?.file(text);
        Ok(Map::from_iter([("Audio".to_owned(), STANDARD.encode(file).into())]))
    }
}

fn check_voice(fields: &Fields<'_>) -> Result<(), CloudRefused> {
    let voice = fields.object("Voice", "Voice.", &["VoiceId", "Speed", "Volume", "Pitch"])?;
    let voice = fields.need("Voice", voice)?;
    if voice.needed_text("VoiceId")?.is_empty() {
        return Err(wrong("VoiceId", "is empty"));
    }
    voice.fraction("Speed", |speed| (0.5..=2.0).contains(&speed))?;
    voice.fraction("Volume", |volume| volume > 0.0 && volume <= 10.0)?;
    voice.whole("Pitch", -12..=12)?;
    Ok(())
}

fn format(fields: &Fields<'_>) -> Result<Format, CloudRefused> {
    // No page names what comes when nothing is asked for.
    let mut wanted = Format { name: FormatName::Pcm, rate: 24_000, bits: 128 };
    let format = fields.object("AudioFormat", "AudioFormat.", &["Format", "SampleRate", "Bitrate"])?;
    let Some(format) = format else { return Ok(wanted) };
    wanted.name = match format.text("Format")? {
        None | Some("pcm") => FormatName::Pcm,
        Some("mp3") => FormatName::Mp3,
        Some("wav") => FormatName::Wav,
        Some(_) => return Err(wrong("Format", "must be pcm, wav or mp3")),
    };
    if format.whole_of("SampleRate", &[16_000, 24_000])? == Some(16_000) {
        wanted.rate = 16_000;
    }
    wanted.bits = format.whole_of("Bitrate", &[64, 128, 192, 256])?.unwrap_or(wanted.bits);
    Ok(wanted)
}

impl Format {
    fn file(self, text: &str) -> Vec<u8> {
        let samples = (text.chars().count() * PER_CHARACTER).next_multiple_of(FRAME);
        match self.name {
            FormatName::Mp3 => [titled(text), self.frame().repeat(samples / FRAME)].concat(),
            FormatName::Wav => [self.wav_header(2 * samples), vec![0; 2 * samples]].concat(),
            FormatName::Pcm => vec![0; 2 * samples],
        }
    }

    /// A silent frame: MPEG-2, layer III, mono, nothing in its side information. The layer ends at 160 kbit/s
    /// at these rates.
    fn frame(self) -> Vec<u8> {
        let (index, bits) = match self.bits {
            64 => (8, 64),
            128 => (12, 128),
            _ => (14, 160),
        };
        let rate = if self.rate == 24_000 { 1 } else { 2 };
        let mut frame = vec![0xff, 0xf3, (index << 4) | (rate << 2), 0xc0];
        frame.resize(72 * 1_000 * bits / self.rate, 0);
        frame
    }

    fn wav_header(self, bytes: usize) -> Vec<u8> {
        let word = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
        let format = [1_u16.to_le_bytes(), 1_u16.to_le_bytes()].concat();
        let frame = [2_u16.to_le_bytes(), 16_u16.to_le_bytes()].concat();
        [
            &b"RIFF"[..],
            &word(36 + bytes),
            b"WAVEfmt ",
            &word(16),
            &format,
            &word(self.rate),
            &word(2 * self.rate),
            &frame,
            b"data",
            &word(bytes),
        ]
        .concat()
    }
}

/// An ID3v2.4 tag with a title, so that a test can tell what was spoken.
fn titled(text: &str) -> Vec<u8> {
    let title = [&[3], text.as_bytes()].concat();
    let frame = [&b"TIT2"[..], &seven_bits(title.len()), &[0, 0], &title].concat();
    [&b"ID3\x04\x00\x00"[..], &seven_bits(frame.len()), &frame].concat()
}

/// A length in four bytes of seven bits.
fn seven_bits(length: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| u8::try_from((length >> shift) & 0x7f).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: FormatName, rate: usize, bits: i64) -> Vec<u8> {
        Format { name, rate, bits }.file("jack, production is down")
    }

    /// Steps from frame to frame as a decoder does.
    fn frames(mut mp3: &[u8]) -> usize {
        assert_eq!(&mp3[..3], b"ID3");
        let length = mp3[6..10].iter().fold(0, |length, seven| (length << 7) | usize::from(*seven));
        mp3 = &mp3[10 + length..];
        let mut count = 0;
        while !mp3.is_empty() {
            assert_eq!(mp3[..2], [0xff, 0xf3], "frame {count}");
            let kbits =
                [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160][usize::from(mp3[2] >> 4)];
            let rate = [22_050, 24_000, 16_000][usize::from((mp3[2] >> 2) & 3)];
            mp3 = &mp3[72_000 * kbits / rate..];
            count += 1;
        }
        count
    }

    #[test]
    fn an_mp3_file_is_frames_from_end_to_end() {
        for (rate, bits) in [(24_000, 64), (24_000, 128), (16_000, 128), (16_000, 256)] {
            assert_eq!(frames(&file(FormatName::Mp3, rate, bits)), 6, "{rate} {bits}");
        }
    }

    #[test]
    fn a_wav_file_says_its_length() {
        let wav = file(FormatName::Wav, 16_000, 128);
        let word = |at: usize| u32::from_le_bytes(wav[at..at + 4].try_into().unwrap()) as usize;
        assert_eq!((&wav[..4], &wav[36..40]), (&b"RIFF"[..], &b"data"[..]));
        assert_eq!((word(4) + 8, word(40) + 44, word(24)), (wav.len(), wav.len(), 16_000));
        assert_eq!(file(FormatName::Pcm, 16_000, 128).len(), wav.len() - 44);
    }
}
