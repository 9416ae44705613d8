"""Ways an exchange misbehaves, on demand: rules say which requests are struck, faults what happens to them.

A rule is `{"kind": …, "endpoint": …, "apiKey": …, "probability": …, "count": …, …options}`. `endpoint` is
"POST /api/v3/order", "/api/v3/order" or "*", `apiKey` the key of one account, in whichever dialect it calls; left
out, they mean all. A rule fires with its `probability` (1), at most `count` times, and draws its luck from its
own sequence: a rule with a key does not depend on the traffic of others. Amounts of time are in seconds.

What happens to a request on its way; the first such rule that fires has it:

    delay     `seconds`, `when` (before, after)
              wait before or after executing
    drop      `when` (before, after)
              cut the connection without an answer, before or after executing
    half      execute, send half of the answer, cut the connection
    status    `status` (500, 502, 503, 504), `when` (before, after), `html` (false, true)
              answer with a server error, as JSON or as a web page, before or after executing
    limit     `status` (429, 418, 403, 200), `retry_after` (1)
              refuse for too many requests, executing nothing. Binance: 429 and 418 with Retry-After, 403 as its
              firewall's page, 200 as 429. Bybit: 200 is retCode 10006 in a good answer, 429 the same with its
              status, 403 and 418 are 403 with 10018; all with X-Bapi-Limit-Reset-Timestamp and Retry-After
    body      `body`: execute, then answer 200 with something else:
              empty, truncated, html, garbled      no JSON at all
              object, array, null                  {}, [] or null
              shape                                the true answer wrapped once more: good JSON of a wrong shape
              id_empty, id_null, id_zero           the true answer, every order id in it "", null or 0
              id_missing                           the true answer without any order id
    rows      `twice` (false, true), `shuffle` (false, true)
              execute, then answer a list with each row repeated, or with its rows out of order

What becomes of an order:

    defer     `seconds`
              accept as NEW and let it meet the market only that much market time later
"""
