"""Several aircraft in one sky: one hub, the timetable's take-offs, and nobody nearer than the plan's separation."""
