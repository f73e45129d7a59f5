"""What the API and the command line may change, by the same rules.

`facts.check_changes` refuses what a meter can't be, `place.placed` puts it somewhere,
`position.put_changed` moves its weather along, `readings.delete_readings` deletes.
"""
