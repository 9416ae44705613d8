-- Takes a weight from the account of one exchange, environment and address, or says why not and for how long.
-- KEYS: hold, pause of this user at this endpoint, account, limit as told by the exchange, tallies, prefix of the users' use
-- ARGV: weight, ceiling (1/1000), user ('' for nobody's), class of the user's share, limit, span (ms), part of the limit
--       from which on it is scarce (1/1000), least share, name of the tally, now (ms; 0: by this server's clock)
-- Answers {outcome, wait (ms), used and limit, own use and others' in the exchange's present window, its number}.
--
-- The account holds what was granted by slots of a twelfth of the span. The last thirteen cover any span that ends now,
-- so whichever way the exchange cuts its own, it never sees more than the limit. `o<window>` is what others used.
local weight, ceiling, user, class = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4]
local span, scarce, least, tally = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9]
local now = tonumber(ARGV[10])
if now == 0 then
    local time = redis.call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local limit = tonumber(redis.call('GET', KEYS[4]) or ARGV[5])
local length = span / 12
local slot, window = math.floor(now * 12 / span), math.floor(now / span)

local granted, used, own, others = {}, 0, 0, {}
local rows = redis.call('HGETALL', KEYS[3])
for index = 1, #rows, 2 do
    local name, value = rows[index], tonumber(rows[index + 1])
    local number = tonumber(name)
    if number == nil then
        number = tonumber(string.sub(name, 2))
        others[number] = value
        if number < window - 1 then redis.call('HDEL', KEYS[3], name) end
    -- What lies a whole span ahead was granted by a clock that has been set back since: it would count until then.
    elseif number < slot - 12 or number > slot + 12 then
        redis.call('HDEL', KEYS[3], name)
    else
        granted[number] = value
        used = used + value
        if math.floor(number / 12) == window then own = own + value end
    end
end
local foreign = others[window] or 0
-- The exchange's clock may be a little behind: its last window may not have ended yet.
if slot % 12 == 0 then foreign = math.max(foreign, others[window - 1] or 0) end
used = used + foreign

local function answer(outcome, wait)
    if outcome ~= 'granted' then redis.call('HINCRBY', KEYS[5], 'refused|' .. tally .. '|' .. outcome, 1) end
    return {outcome, math.max(0, math.ceil(wait)), used, limit, own, foreign, window}
end

local held = redis.call('PTTL', KEYS[1])
if held > 0 then return answer('held', held) end
local paused = redis.call('PTTL', KEYS[2])
if paused > 0 then return answer('paused', paused) end

-- What weighs more than its ceiling by itself goes when nothing else does.
local room = math.max(math.floor(limit * ceiling / 1000), math.min(weight, limit))
if used + weight > room then
    local left, wait = used - foreign, span
    for number = slot - 12, slot do
        left = left - (granted[number] or 0)
        if left + foreign + weight <= room then
            wait = (number + 13) * length - now
            break
        end
    end
    if left + foreign + weight > room then wait = (window + 1) * span + length - now end
    return answer('spent', wait)
end

local these, before = KEYS[6] .. class .. ':' .. window, KEYS[6] .. class .. ':' .. (window - 1)
if user ~= '' then
    local passed = now / span - window
    local mine = tonumber(redis.call('HGET', these, user) or 0)
    local earlier = tonumber(redis.call('HGET', before, user) or 0)
    if (used + weight) * 1000 > limit * scarce then
        -- One more than are active: whoever comes next finds room.
        local users = math.max(redis.call('HLEN', these), redis.call('HLEN', before)) + 1
        local share = math.max(least, math.floor(limit * ceiling / 1000 / users))
        if mine + earlier * (1 - passed) + weight > share then
            local free, wait = share - weight, span
            if mine <= free then
                wait = (1 - passed - (free - mine) / earlier) * span
            elseif free > 0 then
                wait = (2 - passed - free / mine) * span
            end
            return answer('share', math.min(wait, 2 * span))
        end
    end
    redis.call('HINCRBY', these, user, weight)
    redis.call('PEXPIRE', these, 2 * span)
end
redis.call('HINCRBY', KEYS[3], slot, weight)
redis.call('PEXPIRE', KEYS[3], 3 * span)
redis.call('HINCRBY', KEYS[5], 'granted|' .. tally, weight)
used, own = used + weight, own + weight
return answer('granted', 0)
