"""Video and telemetry to tracks on the map to incidents; the only home of torch."""
