-- One exchange of a process with the budget. The process reports which of its permits are over
-- and how many it waits for. The reply contains how many it gets and when to ask again. This is
-- the first half: the state and the reports. permits.lua is the second.
--
-- All times are milliseconds of Redis' clock. The process sends durations, because its clock
-- may differ. KEYS are five, in one hash slot:
--   state    what the fields of fresh() are
--   used     permits that are over, by the moment at which their slot is free again
--   leases   permits in flight, by the moment at which their slot is free if nothing more is heard
--   waiting  for each process that waits: how many permits of each priority it wants, its place in
--            each priority, and when it is to ask again
--   met      the latest exchange of this process: its number and the reply
local stateKey, usedKey, leasesKey, waitingKey, metKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local ask = cjson.decode(ARGV[1])
local limit, window, lease = ask.limit, ask.window, ask.lease

-- A call that a client repeats, or that comes after a later one, must not change anything.
local met = cjson.decode(redis.call('GET', metKey) or '{"number":0}')
if ask.number <= met.number then return met.reply end

local fullBurst = 8      -- background permits that may come at once: an iteration makes up for the wait for its first page
local pausedBurst = 3    -- permits that may come at once in the window after a pause
local share = 9          -- every ninth permit goes to the background while it waits
local reserveFrom = 10   -- the smallest limit at which background leaves a slot free
local firstPause, longestPause = 1000, 32000
local lookAt = 200       -- slots that become free soon: who comes later asks again
local grace = math.max(math.ceil(window / 60), 250) -- one who asks this late has died
local rate = limit / window
local slack = 250        -- how long a call may be on its way before Redis' clock seems to be fast

local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local now -- the clock without its jumps

-- The state, and whether it can be trusted.

local function fresh()
  return {
    epoch = clock, -- names this state; a later one has a higher number
    began = clock,
    now = clock,   -- of the latest exchange
    offset = 0,    -- of Redis' clock against now, the sum of its jumps
    limit = limit, window = window,
    used = 0, leases = 0, -- how many there are
    places = 0,    -- the last place given in a priority
    since = 0,     -- interactive permits that waiting background has not had its share of
    seen = 0,      -- when interactive last waited for a permit
    held = 0,      -- how long a request takes at least, from its permit on
    crowd = 0,     -- how many processes wait, or did lately: halved in a window
    tokens = fullBurst, tokensAt = clock,
    pauseUntil = 0, pauseStep = 0,
    holdUntil = 0, -- no permit before: what was granted before the state was lost is free then
  }
end

local function load(key)
  local fields, all = redis.call('HGETALL', key), {}
  for i = 1, #fields, 2 do all[fields[i]] = fields[i + 1] end
  return all
end

local state, stored = fresh(), load(stateKey)
for name, value in pairs(stored) do state[name] = tonumber(value) end
local isFirstUse = next(stored) == nil

-- lose begins a new state, in which nobody gets a permit until all that may have been granted
-- before is free.
local function lose(epoch)
  state.epoch, state.began, state.holdUntil = epoch, now, now + lease
end

-- A clock that was set forward would free slots too early. The process sends the latest time that
-- it can be. A clock that was set back continues from the latest exchange of all.
now = clock - state.offset
local isRecent = not isFirstUse and math.abs(now - state.now) <= 1000
if ask.expect > 0 and ask.epoch == state.epoch and now > ask.expect + slack then now = ask.expect end
now = math.max(now, state.now)
state.offset = clock - now

-- save writes the state down.
local function save()
  local fields = {}
  for name, value in pairs(state) do
    table.insert(fields, name)
    table.insert(fields, string.format('%.17g', value))
  end
  redis.call('HSET', stateKey, unpack(fields))
end

-- Redis was restarted if it did not have the script. Its state may come from an older snapshot. A
-- state that another process has begun since then has another epoch.
local isRestart = ask.forgot == state.epoch
if isRestart then lose(state.epoch + 1) end

-- All processes must give the same limit and window. Others are taken when nobody uses these.
if state.limit ~= limit or state.window ~= window then
  if redis.call('ZCOUNT', usedKey, '(' .. now, '+inf') + redis.call('ZCOUNT', leasesKey, '(' .. now, '+inf') > 0 then
    if isRestart then save() end -- the next process finds the script
    return {-1, state.limit, state.window}
  end
  state.limit, state.window = limit, window
end

-- A state that began lately, without a hold, may follow a total loss.
local isCertain = isRecent and math.max(now, state.holdUntil) >= state.began + lease

if redis.call('ZCARD', usedKey) ~= state.used or redis.call('ZCARD', leasesKey) ~= state.leases then
  lose(state.epoch + 1) -- Redis has evicted one of the keys
end

-- ask.epoch is 0 when no permit that the process has seen still counts.
if ask.epoch > state.epoch or ask.epoch == state.epoch and ask.replied > met.number then
  lose(ask.epoch + 1) -- the state is older than what the process has seen
elseif ask.epoch > 0 and ask.epoch < state.epoch then
  state.holdUntil = math.max(state.holdUntil, state.began + lease)
end

local function isAfterPause(t) return t < state.pauseUntil + window end

local function burst(t) return isAfterPause(t) and pausedBurst or fullBurst end

local function tokensAt(bucket, t)
  local tokens, from, grows = bucket.tokens, bucket.tokensAt, state.pauseUntil + window
  if from < grows and grows <= t then -- there was less room up to then
    tokens, from = math.min(pausedBurst, tokens + (grows - from) * rate), grows
  end
  return math.min(burst(t), tokens + (t - from) * rate)
end

local function addTokens(bucket, t, count)
  bucket.tokens = math.min(burst(t), tokensAt(bucket, t) + count)
  bucket.tokensAt = t
end

-- The reports: released permits, permits that may be missing in the state, 429s.

local function member(id) return ask.process .. ':' .. string.format('%d', id) end

for i = 0, ask.unsure - 1 do -- permits of a reply that was lost
  if redis.call('ZREM', leasesKey, member(ask.next + i)) == 1 then addTokens(state, now, 1) end
end
for _, id in ipairs(ask.flight) do redis.call('ZADD', leasesKey, now + lease, member(id)) end
for _, permit in ipairs(ask.finished) do
  redis.call('ZREM', leasesKey, member(permit.id))
  if permit.unsent then
    addTokens(state, now, 1) -- one too many, if the permit cost none, does no harm
  elseif permit.free > 0 then
    redis.call('ZADD', usedKey, now + permit.free, member(permit.id))
    local took = math.max(0, permit.age + permit.free - window)
    state.held = math.min(took, state.held + took / 16)
  end
  if permit.responded and now - permit.age >= state.pauseUntil then state.pauseStep = 0 end
end
redis.call('ZREMRANGEBYSCORE', usedKey, '-inf', now)
redis.call('ZREMRANGEBYSCORE', leasesKey, '-inf', now)

for _, rateLimit in ipairs(ask.rateLimits) do
  local length = rateLimit.after
  if length <= 0 then
    if state.pauseStep == 0 then
      state.pauseStep = firstPause
    elseif now - rateLimit.age >= state.pauseUntil then -- not of those that caused the last pause
      state.pauseStep = math.min(2 * state.pauseStep, longestPause)
    end
    length = state.pauseStep
  end
  state.pauseUntil = math.max(state.pauseUntil, now + math.min(length, rateLimit.longest))
  addTokens(state, now, math.max(0, -tokensAt(state, now))) -- nothing is to be made up for
end
local blockedUntil = math.max(state.pauseUntil, state.holdUntil)
