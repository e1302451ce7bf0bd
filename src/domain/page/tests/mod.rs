mod alerts;
mod chain;
mod hand;
mod kit;
mod made_up;
mod mended;
mod others;
mod rest;
