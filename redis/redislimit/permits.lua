-- The second half of an exchange, after state.lua: who gets a permit, and when to ask again.

-- Who waits. Each process has one ticket in each priority, and its permits come round by round:
-- one that waits for many does not make others wait longer.

local queues = {[false] = {}, [true] = {}} -- by whether it is the background
local mine = {}
local others = {[false] = {}, [true] = {}} -- how many permits each of the others wants
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
  if wanted > 0 then table.insert(queues[background], ticket) end
end

local waiting = load(waitingKey)
local own = waiting[ask.process] or '0 0 0 0 0'
waiting[ask.process] = nil
local _, _, place, backPlace = string.match(own, '^(%d+) (%d+) (%d+) (%d+)')
addTicket(false, ask.process, ask.interactive, tonumber(place), now)
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
for _, priority in pairs(queues) do
  table.sort(priority, function(a, b) return a.place < b.place end)
end
if ask.interactive > 0 then state.seen = now end
state.crowd = math.max(processes, state.crowd * 0.5 ^ ((now - state.now) / window))

-- Simulate the permits of all who wait, now and as slots become free. Permits that the process gets
-- now are real. It asks again when the simulation grants its next one.

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

-- Ask again after a round of permits at the latest, in case another process has given up its place.
local horizon = math.min(math.max(1.25 * processes / rate, window / 30), window / 12)
horizon = math.max(horizon, math.min((state.crowd - 8) * window / 40, window)) -- many ask less often
local lookUntil = quietUntil() + math.ceil(horizon)

-- timesOf returns the scores of a set plus a duration, from now to lookUntil.
local function timesOf(key, after)
  local times = {}
  local found = redis.call('ZRANGEBYSCORE', key, '(' .. now - after, lookUntil - after, 'WITHSCORES', 'LIMIT', 0, lookAt)
  for i = 2, #found, 2 do table.insert(times, tonumber(found[i]) + after) end
  if #times == lookAt then lookUntil = times[lookAt] end
  return times
end

-- A permit in flight is expected to take as long as the shortest requests. One that takes longer may
-- be reported any moment.
local expiries -- the moments up to lookUntil at which slots become free
local function nextExpiry()
  if not expiries then
    expiries = timesOf(usedKey, 0)
    local after = window + math.ceil(state.held) - lease
    for _, moment in ipairs(timesOf(leasesKey, after)) do table.insert(expiries, moment) end
    local overdue = redis.call('ZCOUNT', leasesKey, '-inf', now - after)
    for _ = 1, math.min(overdue, lookAt) do table.insert(expiries, now + math.ceil(window / 30)) end
    table.sort(expiries)
  end
  return expiries[sim.expired + 1]
end

-- dueIn returns the first ticket of a priority whose process has asked or is to ask by now.
local function dueIn(background)
  for i, ticket in ipairs(queues[background]) do
    if ticket.askAt <= sim.t then return i end
  end
end

local function shareIsDue() return #queues[true] > 0 and sim.since >= share - 1 end

local function isPaced(background, t)
  return isAfterPause(t) or background and not shareIsDue()
end

local function isReady(background)
  local needed = 1
  if background and limit >= reserveFrom and not shareIsDue() and sim.t - state.seen < window then
    needed = 2
  end
  return sim.t >= blockedUntil and sim.free >= needed
    and (not isPaced(background, sim.t) or tokensAt(sim, sim.t) >= 1)
end

-- nextPermit returns the priority and the index of the ticket that has the next permit, if any has.
local function nextPermit()
  local fore, back = dueIn(false), dueIn(true)
  if back and shareIsDue() and isReady(true) then return true, back end
  if fore then
    if isReady(false) then return false, fore end
  elseif back and isReady(true) then
    return true, back
  end
end

-- count counts a simulated or a real permit in its book: sim or the state. One that overtakes
-- waiting background work borrows a token. Background work repays it, so that the window is not
-- used up before its end.
local function count(book, background)
  if background or #queues[true] > 0 or isAfterPause(sim.t) then addTokens(book, sim.t, -1) end
  if background then
    book.since = math.max(0, book.since - (share - 1))
  elseif #queues[true] > 0 then
    book.since = book.since + 1
  else
    book.since = math.min(book.since, share - 1) -- nobody waits for more
  end
end

local granted = {[false] = 0, [true] = 0}

local function give(background, index)
  local ticket = table.remove(queues[background], index)
  sim.free = sim.free - 1
  count(sim, background)
  ticket.left = ticket.left - 1
  if ticket == mine[background] then
    count(state, background)
    granted[background] = granted[background] + 1
    ticket.place = nextPlace()
  end
  if ticket.left > 0 then table.insert(queues[background], ticket) end
end

-- moveOn advances to the next moment at which a permit may come. It returns false after lookUntil.
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
for _ = 1, 10 * lookAt do
  if mine[false].left + mine[true].left == 0 then break end
  local background, index = nextPermit()
  if background ~= nil then
    askAt = sim.t
    if sim.t > now and queues[background][index] == mine[background] then break end
    give(background, index)
  elseif not moveOn() then
    askAt = lookUntil
    break
  end
end

-- shares is how many permits background work may get as its share of waiting interactive calls. They
-- cost no token.
local function shares()
  local waiting = mine[false].left
  for _, wanted in ipairs(others[false]) do waiting = waiting + wanted end
  return math.floor((state.since + waiting) / (share - 1))
end

-- bound is the shortest possible wait at a position of the process's queue, without shares of later
-- interactive calls. A permit in flight may prove unsent, so its slot may be free now.
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
  local tokens = ahead + 1 - (background and shares() or 0)
  if tokens > 0 and (background or isAfterPause(moment)) then
    local missing = math.min(tokens, limit) - tokensAt(state, now)
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

-- Store the result.

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
state.now = now
state.used, state.leases = redis.call('ZCARD', usedKey), redis.call('ZCARD', leasesKey)
save()
local reply = {
  state.epoch, granted[false], granted[true], askAt - now,
  math.max(0, state.pauseUntil - now), math.max(0, state.holdUntil - now),
  now, isCertain and 1 or 0,
}
for _, wait in ipairs(bounds) do table.insert(reply, math.ceil(wait)) end
redis.call('SET', metKey, cjson.encode({number = ask.number, reply = reply}))

local longest = 365 * 24 * 3600 * 1000 -- so that no attempt timeout overflows anything
local ttl = math.min(longest, math.max(blockedUntil - now, 0) + lease + 2 * window + 60000)
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, string.format('%d', ttl)) end
return reply
