"""Patrols by a timetable, without an operator: due times, the weather gate, a history that survives any end of ours."""
