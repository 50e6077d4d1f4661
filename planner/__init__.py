"""Roads, fleet and limits to a checked Plan; pure and synchronous."""
