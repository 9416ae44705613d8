-- Notes what others used of the same address, from what the exchange said it has counted in one of its windows.
-- KEYS: account. ARGV: weight used as told, span (ms), time of the answer by the exchange's clock (ms; 0: unknown), now (ms)
local told, span, at, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if now == 0 then
    local time = redis.call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
end
-- A clock that is off by more than a span tells no window.
if math.abs(at - now) > span then at = now end
local window = math.floor(at / span)
local own = 0
for number = window * 12, window * 12 + 11 do
    own = own + tonumber(redis.call('HGET', KEYS[1], number) or 0)
end
local name = 'o' .. window
if told - own > tonumber(redis.call('HGET', KEYS[1], name) or 0) then
    redis.call('HSET', KEYS[1], name, told - own)
    redis.call('PEXPIRE', KEYS[1], 3 * span)
end
return told - own
