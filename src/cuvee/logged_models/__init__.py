"""Models that were logged, before anybody registers them."""
