"""Our own detector: blocks, network, assignment, loss, decode, training, runtime."""
