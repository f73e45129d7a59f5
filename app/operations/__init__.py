"""What those who run the platform look at: health, metrics, schedules."""
