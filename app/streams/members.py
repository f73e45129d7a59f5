"""The members of a batch, as a client that joins its stream finds them."""

from typing import Any

MOST_MEMBERS = 500
"""Members that a snapshot shows, those that have not ended first: a page has no more rows either.
The batch's result lists all."""

READ = """
local outstanding, outcomes, most = KEYS[1], KEYS[2], tonumber(ARGV[1])
local records = {}
local function add(job)
  local record = redis.call('HGET', 'job:' .. job, 'record')
  if record then records[#records + 1] = record end
end
for _, job in ipairs(redis.call('HKEYS', outstanding)) do
  if #records < most then add(job) end
end
for _, outcome in ipairs(redis.call('HVALS', outcomes)) do
  if #records >= most then break end
  local job = cjson.decode(outcome)['task_id']
  if type(job) == 'string' then add(job) end
end
return records
"""
"""One step, so that it can stand in the transaction that reads the newest event's id."""


def read_members(pipe: Any, batch_id: str) -> None:
    """Queue the reading of the records (JSON) of a batch's members (keys:
    `workers.jobs.batches`)."""
    pipe.eval(READ, 2, f"batch:{batch_id}:outstanding", f"batch:{batch_id}:outcomes", MOST_MEMBERS)
