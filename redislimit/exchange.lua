-- One exchange of a process with the budget. The process tells which of its turns are over
-- and how many it waits for; it is told how many it has and when to ask again.
--
-- All times are milliseconds of Redis' clock. What the process sends are spans: its own
-- clock may be any. KEYS are four, in one hash slot:
--   state    what the fields of fresh() are
--   used     turns that are over, by the moment at which their slot is free again
--   leases   turns under way, by the moment at which their slot is free if nothing more is heard
--   waiting  for each process that waits: how many turns of each lane it wants, its place in
--            each lane, and when it was told to ask again
local stateKey, usedKey, leasesKey, waitingKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local ask = cjson.decode(ARGV[1])
local limit, window, lease = ask.limit, ask.window, ask.lease

local burst = 3          -- background turns that may come at once
local share = 9          -- every ninth turn goes to the background while it waits
local reserveFrom = 10   -- the smallest limit at which background leaves a slot free
local firstPause, longestPause = 1000, 32000
local grace = math.max(math.ceil(window / 60), 250) -- one who asks this late has died
local rate = limit / window

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- The state, and whether it can be trusted.

local function fresh()
  return {
    epoch = now,   -- names this state; a later one has a higher number
    began = now,
    seq = 0,       -- counts exchanges
    now = now,     -- of the latest exchange
    places = 0,    -- the last place given in a lane
    since = 0,     -- foreground turns since the last background turn
    seen = 0,      -- when foreground last waited for a turn
    tokens = burst, tokensAt = now,
    pauseUntil = 0, pauseStep = 0,
    holdUntil = 0, -- no turn before: what was granted before the state was lost is free then
  }
end

local function load(key)
  local fields, all = redis.call('HGETALL', key), {}
  for i = 1, #fields, 2 do all[fields[i]] = fields[i + 1] end
  return all
end

local state = fresh()
for name, value in pairs(load(stateKey)) do state[name] = tonumber(value) end

-- lose begins a new state, in which nobody gets a turn until all that may have been granted
-- before is free.
local function lose(epoch)
  state.epoch, state.began, state.holdUntil = epoch, now, now + lease
end

if now < state.now - 1000 then -- the clock was set back, so that nothing stored makes sense
  redis.call('DEL', usedKey, leasesKey, waitingKey)
  local epoch = state.epoch
  state = fresh()
  lose(epoch + 1)
end
now = math.max(now, state.now)

-- ask.epoch is 0 when the process knows of no turn that may still count.
if ask.epoch > state.epoch or ask.epoch == state.epoch and ask.seq > state.seq then
  lose(ask.epoch + 1) -- the state is older than what the process has seen
elseif ask.epoch > 0 and ask.epoch < state.epoch then
  state.holdUntil = math.max(state.holdUntil, state.began + lease)
end

local function isPaced(background, t)
  return background or state.pauseUntil > 0 and t < state.pauseUntil + window
end

local function tokensAt(bucket, t)
  return math.min(burst, bucket.tokens + (t - bucket.tokensAt) * rate)
end

local function addTokens(bucket, t, count)
  bucket.tokens = math.min(burst, tokensAt(bucket, t) + count)
  bucket.tokensAt = t
end

-- What the process reports: turns that are over, turns that the state may not know, 429s.

local function member(id) return ask.process .. ':' .. string.format('%d', id) end

for i = 0, ask.unsure - 1 do redis.call('ZREM', leasesKey, member(ask.next + i)) end
for _, id in ipairs(ask.flight) do redis.call('ZADD', leasesKey, now + lease, member(id)) end
for _, turn in ipairs(ask.finished) do
  redis.call('ZREM', leasesKey, member(turn.id))
  if turn.unsent then
    if isPaced(turn.background, now) then addTokens(state, now, 1) end
  elseif turn.free > 0 then
    redis.call('ZADD', usedKey, now + turn.free, member(turn.id))
  end
  if turn.answered and now - turn.age >= state.pauseUntil then state.pauseStep = 0 end
end
redis.call('ZREMRANGEBYSCORE', usedKey, '-inf', now)
redis.call('ZREMRANGEBYSCORE', leasesKey, '-inf', now)

for _, refusal in ipairs(ask.refusals) do
  local length = refusal.after
  if length <= 0 then
    if state.pauseStep == 0 then
      state.pauseStep = firstPause
    elseif now - refusal.age >= state.pauseUntil then -- not of those that caused the last pause
      state.pauseStep = math.min(2 * state.pauseStep, longestPause)
    end
    length = state.pauseStep
  end
  state.pauseUntil = math.max(state.pauseUntil, now + math.min(length, refusal.longest))
end
local blockedUntil = math.max(state.pauseUntil, state.holdUntil)

-- Who waits. Each process has one ticket in each lane, and its turns come round by round:
-- one that waits for many does not make others wait longer.

local lanes = {[false] = {}, [true] = {}} -- by whether it is the background
local mine = {}
local others = {[false] = {}, [true] = {}} -- how many turns each of the others wants
local processes = 1

local function nextPlace()
  state.places = state.places + 1
  return state.places
end

local function addTicket(background, process, wanted, place, askAt)
  local ticket = {left = wanted, place = place, askAt = askAt}
  if process == ask.process then
    mine[background] = ticket
    if wanted > 0 and place == 0 then ticket.place = nextPlace() end
  else
    table.insert(others[background], wanted)
  end
  if wanted > 0 then table.insert(lanes[background], ticket) end
end

local waiting = load(waitingKey)
local own = waiting[ask.process] or '0 0 0 0 0'
waiting[ask.process] = nil
local _, _, place, backPlace = string.match(own, '^(%d+) (%d+) (%d+) (%d+)')
addTicket(false, ask.process, ask.foreground, tonumber(place), now)
addTicket(true, ask.process, ask.background, tonumber(backPlace), now)
for process, entry in pairs(waiting) do
  local fore, back, forePlace, backPlace, askAt = string.match(entry, '^(%d+) (%d+) (%d+) (%d+) (%d+)$')
  if tonumber(askAt) + grace < now then
    redis.call('HDEL', waitingKey, process)
  else
    processes = processes + 1
    addTicket(false, process, tonumber(fore), tonumber(forePlace), tonumber(askAt))
    addTicket(true, process, tonumber(back), tonumber(backPlace), tonumber(askAt))
  end
end
for _, lane in pairs(lanes) do
  table.sort(lane, function(a, b) return a.place < b.place end)
end
if ask.foreground > 0 then state.seen = now end

-- Hand out turns in imagination, to all who wait, now and as slots become free. What the
-- process gets now is real; when its next turn would come it has to ask again.

local used, leases = redis.call('ZCARD', usedKey), redis.call('ZCARD', leasesKey)
local sim = {
  t = now, free = limit - used - leases, since = state.since,
  tokens = state.tokens, tokensAt = state.tokensAt, expired = 0,
}

-- quietUntil is a moment before which no slot can become free, whoever gives up.
local function quietUntil()
  local quiet = math.max(now, blockedUntil)
  if sim.free <= 0 and leases == 0 then
    quiet = math.max(quiet, tonumber(redis.call('ZRANGE', usedKey, 0, 0, 'WITHSCORES')[2]))
  end
  return quiet
end

-- Ask again after a round of turns at the latest, so that nobody waits long for a turn that
-- another one has given up.
local horizon = math.min(math.max(1.25 * processes / rate, window / 30), window / 12)
local lookUntil = quietUntil() + math.ceil(horizon)

local expiries -- the moments up to lookUntil at which slots become free
local function nextExpiry()
  if not expiries then
    expiries = {}
    local found = redis.call('ZRANGEBYSCORE', usedKey, '-inf', lookUntil, 'WITHSCORES', 'LIMIT', 0, 1000)
    for i = 2, #found, 2 do table.insert(expiries, tonumber(found[i])) end
  end
  return expiries[sim.expired + 1]
end

-- dueIn is the first of a lane that has been told to ask by now.
local function dueIn(background)
  for i, ticket in ipairs(lanes[background]) do
    if ticket.askAt <= sim.t then return i end
  end
end

local function shareIsDue() return #lanes[true] > 0 and sim.since >= share - 1 end

local function isReady(background)
  local needed = 1
  if background and limit >= reserveFrom and not shareIsDue() and sim.t - state.seen < window then
    needed = 2
  end
  return sim.t >= blockedUntil and sim.free >= needed
    and (not isPaced(background, sim.t) or tokensAt(sim, sim.t) >= 1)
end

-- nextTurn returns the lane and the index of the ticket that has the next turn, if any has.
local function nextTurn()
  local fore, back = dueIn(false), dueIn(true)
  if back and shareIsDue() and isReady(true) then return true, back end
  if fore then
    if isReady(false) then return false, fore end
  elseif back and isReady(true) then
    return true, back
  end
end

local function count(book, background) -- in the imagined or in the real book
  if background then
    book.since = 0
  elseif #lanes[true] > 0 then
    book.since = book.since + 1
  end
  if isPaced(background, sim.t) then addTokens(book, sim.t, -1) end
end

local granted = {[false] = 0, [true] = 0}

local function give(background, index)
  local ticket = table.remove(lanes[background], index)
  sim.free = sim.free - 1
  count(sim, background)
  ticket.left = ticket.left - 1
  if ticket == mine[background] then
    count(state, background)
    granted[background] = granted[background] + 1
    ticket.place = nextPlace()
  end
  if ticket.left > 0 then table.insert(lanes[background], ticket) end
end

-- moveOn goes on to the next moment at which a turn may come; it returns false behind lookUntil.
local function moveOn()
  local moment = nextExpiry() or math.huge
  if sim.t < blockedUntil then
    moment = math.min(moment, blockedUntil)
  elseif tokensAt(sim, sim.t) < 1 then
    moment = math.min(moment, sim.t + math.ceil((1 - tokensAt(sim, sim.t)) / rate))
  end
  if moment > lookUntil then return false end
  sim.t = math.max(sim.t, moment)
  while nextExpiry() and nextExpiry() <= sim.t do
    sim.expired = sim.expired + 1
    sim.free = sim.free + 1
  end
  return true
end

local askAt = now
for _ = 1, 2000 do
  if mine[false].left + mine[true].left == 0 then break end
  local background, index = nextTurn()
  if background ~= nil then
    askAt = sim.t
    if sim.t > now and lanes[background][index] == mine[background] then break end
    give(background, index)
  elseif not moveOn() then
    askAt = lookUntil
    break
  end
end

-- bound is how long a waiter of the process must wait at least, so many of its own lane
-- being ahead of it. A turn under way may yet prove unsent, so its slot may come back now.
local function bound(background, position)
  local ahead = position
  for _, wanted in ipairs(others[background]) do
    ahead = ahead + math.min(wanted, position + 1)
  end
  local moment = math.max(now, blockedUntil)
  local taken = ahead % limit - (limit - used)
  if taken >= 0 then
    moment = math.max(moment, tonumber(redis.call('ZRANGE', usedKey, taken, taken, 'WITHSCORES')[2]))
  end
  moment = moment + math.floor(ahead / limit) * window
  if isPaced(background, moment) then
    local missing = math.min(ahead + 1, limit) - tokensAt(state, now)
    local paced = now + math.ceil(math.max(0, missing) / rate)
    if not background then paced = math.min(paced, state.pauseUntil + window) end
    moment = math.max(moment, paced)
  end
  return moment - now
end

local bounds = {}
for _, probe in ipairs(ask.probes) do
  table.insert(bounds, bound(probe.background, math.max(0, probe.position - granted[probe.background])))
end

-- Write it all down.

for i = 0, granted[false] + granted[true] - 1 do
  redis.call('ZADD', leasesKey, now + lease, member(ask.next + i))
end
if mine[false].left + mine[true].left > 0 then
  local function placeIn(background) return mine[background].left > 0 and mine[background].place or 0 end
  redis.call('HSET', waitingKey, ask.process, string.format('%d %d %d %d %d',
    mine[false].left, mine[true].left, placeIn(false), placeIn(true), askAt))
else
  redis.call('HDEL', waitingKey, ask.process)
end
state.seq, state.now = state.seq + 1, now
local fields = {}
for name, value in pairs(state) do
  table.insert(fields, name)
  table.insert(fields, string.format('%.17g', value))
end
redis.call('HSET', stateKey, unpack(fields))
local ttl = math.max(blockedUntil - now, 0) + lease + 2 * window + 60000
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, string.format('%d', ttl)) end

local reply = {
  state.epoch, state.seq, granted[false], granted[true], askAt - now,
  math.max(0, state.pauseUntil - now), math.max(0, state.holdUntil - now),
}
for _, wait in ipairs(bounds) do table.insert(reply, math.ceil(wait)) end
return reply
