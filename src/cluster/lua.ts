// What the engine is told to do in one go: a script for each change of who owns what. A script that changes something asks first whether the
// caller's life is the one that stands, so that a node whose lease is over changes nothing, whatever it believes [N9].

/** What is answered to a caller whose life has ended. */
export const FENCED = "FENCED";

/** ARGV[1] begins every key. A code's entry is its owner and the hash of the address that opened its room. */
const COMMON = `
local P = ARGV[1]
local function ownerOf(code)
  local entry = redis.call('HGET', P .. 'dir', code)
  if not entry then return nil end
  return string.match(entry, '^(%S+) (%S*)$')
end
local function lives(node) return redis.call('EXISTS', P .. 'life:' .. node) == 1 end
local function drop(code, hash)
  redis.call('HDEL', P .. 'dir', code)
  if redis.call('HINCRBY', P .. 'addr', hash, -1) <= 0 then redis.call('HDEL', P .. 'addr', hash) end
end
local function own(code, node, hash) redis.call('HSET', P .. 'dir', code, node .. ' ' .. hash) end
`;

/** ARGV[2] is the caller, ARGV[3] its life. */
const FENCE = `${COMMON}
local me, life = ARGV[2], ARGV[3]
local held = redis.call('GET', P .. 'life:' .. me)
if not held or string.match(held, '^%S+') ~= life then return '${FENCED}' end
local mine = P .. 'rooms:' .. me
`;

/** A full engine must not freeze the rooms: what gives memory back, and the lease, go through. */
const ALWAYS = "#!lua flags=allow-oom\n";

export const LUA = {
  FIND: `${COMMON}
local node = ownerOf(ARGV[2])
if not node then return false end
local held = redis.call('GET', P .. 'life:' .. node)
return { node, held and string.match(held, '%S+$') or '', held and 1 or 0 }`,

  /** 4 boot, 5 the lease and 6 how long the estate outlives it, in ms; 7 whether we had this life; 8 the life we may replace; 9 whether we keep
   * sessions: we do where nobody has done so for as long as estates are kept. */
  RENEW: `${ALWAYS}${COMMON}
local me, life, had, replaced = ARGV[2], ARGV[3], ARGV[7] == '1', ARGV[8]
local held = redis.call('GET', P .. 'life:' .. me)
local standing = held and string.match(held, '^%S+')
local state = 'begun'
if standing == life then state = 'ours'
elseif not held then if had then return { 'gone' } end
elseif had or standing ~= replaced then return { 'taken' } end
redis.call('SET', P .. 'life:' .. me, life .. ' ' .. ARGV[4], 'PX', ARGV[5])
redis.call('SADD', P .. 'nodes', me)
redis.call('PEXPIRE', P .. 'rooms:' .. me, ARGV[6])
local keeper = redis.call('GET', P .. 'sessions')
if ARGV[9] == '1' and (not keeper or keeper == me) then
  keeper = me
  redis.call('SET', P .. 'sessions', me, 'PX', ARGV[6])
end
local answer = { state, keeper or '' }
for _, node in ipairs(redis.call('SMEMBERS', P .. 'nodes')) do
  local other = redis.call('GET', P .. 'life:' .. node)
  answer[#answer + 1] = node
  answer[#answer + 1] = other and string.match(other, '%S+$') or ''
  answer[#answer + 1] = redis.call('HLEN', P .. 'rooms:' .. node)
end
return answer`,

  /** 4 code, 5 address, 6 rooms of all, 7 rooms of an address. */
  CLAIM: `${FENCE}
local code, hash = ARGV[4], ARGV[5]
if redis.call('HEXISTS', P .. 'dir', code) == 1 then return 'taken' end
if redis.call('EXISTS', P .. 'rest:' .. code) == 1 then return 'resting' end
if redis.call('HLEN', P .. 'dir') >= tonumber(ARGV[6]) then return 'tooMany' end
if tonumber(redis.call('HGET', P .. 'addr', hash) or '0') >= tonumber(ARGV[7]) then return 'tooManyOfAddress' end
own(code, me, hash)
redis.call('HINCRBY', P .. 'addr', hash, 1)
redis.call('HSET', mine, code, 'p')
return 'ours'`,

  /** 4 w or p, then code, address and memory of each; a memory that is empty stays as it is. */
  KEEP: `${FENCE}
local lost, again = {}, {}
for at = 5, #ARGV, 3 do
  local code, hash, memory = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local node = ownerOf(code)
  if not node and redis.call('EXISTS', P .. 'rest:' .. code) == 0 then
    own(code, me, hash)
    redis.call('HINCRBY', P .. 'addr', hash, 1)
    redis.call('HSET', mine, code, 'p')
    again[#again + 1] = code
    node = me
  end
  if node ~= me then lost[#lost + 1] = code
  elseif memory ~= '' then redis.call('HSET', mine, code, ARGV[4] .. memory)
  else redis.call('HSETNX', mine, code, 'p') end
end
return { lost, again }`,

  /** 4 for how long codes rest, in ms; then codes. */
  RELEASE: `${ALWAYS}${FENCE}
for at = 5, #ARGV do
  local code = ARGV[at]
  local node, hash = ownerOf(code)
  if node == me then
    drop(code, hash)
    redis.call('HDEL', mine, code)
    if ARGV[4] ~= '0' then redis.call('SET', P .. 'rest:' .. code, '', 'PX', ARGV[4]) end
  end
end
return 'OK'`,

  /** 4 the dead node, 5 how many. A scan from 0 comes back empty too early, so that rooms are drawn. */
  ADOPT: `${ALWAYS}${FENCE}
local dead = ARGV[4]
if dead == me or lives(dead) then return 'ALIVE' end
local theirs = P .. 'rooms:' .. dead
local answer = {}
for _, code in ipairs(redis.call('HRANDFIELD', theirs, ARGV[5])) do
  local memory = redis.call('HGET', theirs, code)
  local node, hash = ownerOf(code)
  redis.call('HDEL', theirs, code)
  if node == dead then
    if #memory == 1 then drop(code, hash)
    else
      own(code, me, hash)
      redis.call('HSET', mine, code, 'p' .. string.sub(memory, 2))
      answer[#answer + 1] = code
      answer[#answer + 1] = memory
    end
  end
end
local left = redis.call('HLEN', theirs)
if left == 0 then redis.call('SREM', P .. 'nodes', dead) end
table.insert(answer, 1, left)
return answer`,

  /** 4 code, 5 to whom, 6 memory. */
  GIVE: `${FENCE}
local code, target = ARGV[4], ARGV[5]
local node, hash = ownerOf(code)
if node ~= me then return 'notOurs' end
if not lives(target) then return 'away' end
own(code, target, hash)
redis.call('HDEL', mine, code)
redis.call('HSET', P .. 'rooms:' .. target, code, 'w' .. ARGV[6])
return 'given'`,

  /** 4 on: codes, whose memories are ours. */
  TAKE: `${FENCE}
local answer = {}
for at = 4, #ARGV do
  local code = ARGV[at]
  local memory = redis.call('HGET', mine, code)
  if memory and ownerOf(code) == me then
    redis.call('HSET', mine, code, 'p' .. string.sub(memory, 2))
    answer[#answer + 1] = code
    answer[#answer + 1] = memory
  end
end
return answer`,

  /** 4 how many rooms we know of: where the engine knows as many, there is nothing to look for. */
  ESTATE: `${FENCE}
if redis.call('HLEN', mine) == tonumber(ARGV[4]) then return {} end
return redis.call('HKEYS', mine)`,

  /** 4 where to go on. Entries of nodes whose estate is gone: nobody could take their rooms up any more. */
  SWEEP: `${ALWAYS}${FENCE}
local page = redis.call('HSCAN', P .. 'dir', ARGV[4], 'COUNT', 200)
local gone = {}
for at = 1, #page[2], 2 do
  local code = page[2][at]
  local node, hash = ownerOf(code)
  if node and gone[node] == nil then
    gone[node] = not lives(node) and redis.call('SISMEMBER', P .. 'nodes', node) == 0
  end
  if node and gone[node] then drop(code, hash) end
end
return page[1]`,

  RESIGN: `${ALWAYS}${FENCE}
redis.call('DEL', P .. 'life:' .. me)
if redis.call('HLEN', mine) == 0 then redis.call('SREM', P .. 'nodes', me) end
return 'OK'`,

  /** 2 the caller, then names and values. What stands is what was set when nobody else lived. */
  CONF: `${COMMON}
local others = false
for _, node in ipairs(redis.call('SMEMBERS', P .. 'nodes')) do
  if node ~= ARGV[2] and lives(node) then others = true end
end
if not others then redis.call('DEL', P .. 'conf') end
for at = 3, #ARGV, 2 do redis.call('HSETNX', P .. 'conf', ARGV[at], ARGV[at + 1]) end
local answer = {}
for at = 3, #ARGV, 2 do answer[#answer + 1] = redis.call('HGET', P .. 'conf', ARGV[at]) end
return answer`,
} as const;

/** All of them, for whoever has to load them. */
export const SCRIPTS: readonly string[] = Object.values(LUA);
