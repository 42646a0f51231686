//! Tests of the lane's pure middle.
