//! The lanes and the two databases behind them.

mod lane;
