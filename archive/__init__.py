"""What a patrol leaves behind: footage, telemetry, tracks, incidents, alerts, verdicts."""
