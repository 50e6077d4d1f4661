"""What the detector finds and what it costs: accuracy, speed beside a peer, a whole stream, smoke in time."""
