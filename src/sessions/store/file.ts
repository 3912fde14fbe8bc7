// The store's file, from a path to a database that is ours alone: whether it may be taken, the lock, the set-up, and in which words it is
// refused [S21]. Knows no table.
import { Database, SQLiteError } from "bun:sqlite";
import { chmodSync, closeSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { MIGRATIONS, migrate, versionOf } from "./migrations.ts";

/** A file that cannot be taken: one line for the operator, which names it and says what to do. */
export class StoreError extends Error {}

/** Another server has the file. */
export class StoreInUseError extends StoreError {}

/** Who wrote a file, as SQLite keeps it in the header: "PTLN". */
const APPLICATION_ID = 0x50_54_4c_4e;
/** How long a server that is going away may still hold the file. */
const BUSY_MS = 1_000;

/**
 * The files open in this process. Closing any descriptor of a file drops all locks that the process has on it (POSIX), so looking
 * at the header of an open file would unlock it for other servers.
 */
const OPEN = new Set<string>();
/** Databases that nobody uses: one that is collected has lost its lock. */
const LOCKS: Database[] = [];

/**
 * The codes of SQLite that blame the file and not the statement: SQLITE_BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, CORRUPT, FULL,
 * CANTOPEN, PROTOCOL, NOTADB.
 */
const FAILURES: ReadonlySet<number> = new Set([5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 26]);
/** SQLITE_CORRUPT, SQLITE_NOTADB. */
const DAMAGES: ReadonlySet<number> = new Set([11, 26]);
const SQLITE_BUSY = 5;
/**
 * Pages of the write-ahead log after which SQLite folds it into the file: 16 MiB of them. The loop waits meanwhile until the disk has it. Pages
 * that were written often are folded in once, so it is as long a wait as with SQLite's own 1,000 pages, and a quarter as often (measured).
 */
const LOG_PAGES_MAX = 4_000;

/**
 * Takes the file, or makes it; nobody else can while it is open.
 * @param path a file, or ":memory:"
 * @param bytesMax how large the file may grow; beside it lies a write-ahead log of some 16 MiB
 * @param use what is made of the database; `key` is for `closeFile`
 * @throws StoreError, and then the file is as it was
 */
export function openFile<T>(path: string, bytesMax: number, use: (db: Database, key: string | null) => T): T {
  if (path === ":memory:") return use(setUp(new Database(path), bytesMax), null);
  const key = claim(path);
  let db: Database | null = null;
  try {
    db = new Database(path, { readwrite: true, create: false });
    lock(db, path);
    const made = use(setUp(db, bytesMax), key);
    OPEN.add(key);
    return made;
  } catch (error) {
    db?.close(true);
    if (!(error instanceof SQLiteError)) throw error;
    throw primary(error) === SQLITE_BUSY ? new StoreInUseError(inUse(path)) : new StoreError(inWords(path, error));
  }
}

/**
 * Takes a file for its lock alone, until the process ends: a folder in which no sessions are kept is one server's all the same.
 * @throws StoreError, and then the file is as it was
 */
export function lockFile(path: string): void {
  const key = claim(path);
  const db = new Database(path, { readwrite: true, create: false });
  try {
    lock(db, path);
    OPEN.add(key);
    LOCKS.push(db);
  } catch (error) {
    db.close(true);
    if (!(error instanceof SQLiteError)) throw error;
    throw primary(error) === SQLITE_BUSY ? new StoreInUseError(inUse(path)) : new StoreError(inWords(path, error));
  }
}

/** Lets go of the file. */
export function closeFile(db: Database, key: string | null): void {
  // `true`: ends every statement; while one is left, the lock stays.
  db.close(true);
  if (key !== null) OPEN.delete(key);
}

/** Whether an error is the file's (disk full, I/O, read-only, page limit, damage), rather than a bug. */
export function isFailure(error: unknown): boolean {
  return error instanceof SQLiteError && FAILURES.has(primary(error));
}

/** The primary result code, without the bits that extend it. */
function primary({ errno }: SQLiteError): number {
  return errno & 0xff;
}

function inWords(path: string, error: SQLiteError): string {
  const code = primary(error);
  if (DAMAGES.has(code)) return `${path} is damaged (${error.message}); restore a copy of it, or move it away`;
  return `${path} cannot be used (${error.message}); see to its disk and its permissions, or set another DATA_DIR`;
}

function inUse(path: string): string {
  return `${path} is in use by another server; stop that one, or set another DATA_DIR`;
}

const HEADER_BYTES = 100;
const MAGIC = "SQLite format 3\0";

/**
 * Whether the file may be taken, found out without a trace: opening it with SQLite, even to read, could play back the journal of
 * another program or leave files beside it, and would call a file damaged whose checkpoint was cut short by a kill. Makes it when
 * there is none. Answers its true path.
 */
function claim(path: string): string {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat !== undefined && !stat.isFile()) {
      throw new StoreError(`${path} is not a file; move it away, or set another DATA_DIR`);
    }
    if (stat !== undefined && OPEN.has(realpathSync(path))) throw new StoreInUseError(inUse(path));
    if (stat === undefined || stat.size === 0) create(path);
    else checkHeader(path);
    return realpathSync(path);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`${path} cannot be opened (${(error as Error).message}); see to its folder and permissions`);
  }
}

function create(path: string): void {
  // SQLite would throw such a log away; ours never outlives its file, so somebody has moved one without the other.
  if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) {
    throw new StoreError(`${path} is empty or gone, but ${path}-wal is there; bring back the file, or move both away`);
  }
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
}

function checkHeader(path: string): void {
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, "r");
  let bytesRead = 0;
  try {
    bytesRead = readSync(file, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(file);
  }
  if (bytesRead < HEADER_BYTES || header.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    throw new StoreError(`${path} is not a SQLite database; move it away, or set another DATA_DIR`);
  }
  checkOwner(path, header.readInt32BE(68), header.readInt32BE(60));
}

function checkOwner(path: string, applicationId: number, version: number): void {
  if (applicationId !== APPLICATION_ID) {
    throw new StoreError(`${path} is a database of another program; move it away, or set another DATA_DIR`);
  }
  if (version > MIGRATIONS.length) {
    const versions = `version ${version}, this one knows ${MIGRATIONS.length}`;
    throw new StoreError(`${path} was written by a newer Partyline (${versions}); run that one, or move the file away`);
  }
}

/** Takes the lock, which is kept until `close`, and marks an empty file as ours. */
function lock(db: Database, path: string): void {
  db.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
  db.run("PRAGMA locking_mode = EXCLUSIVE");
  // Nothing is locked before the first transaction. Marked before there is a write-ahead log, so that the mark stands in the file
  // itself, where `claim` looks for it, whenever the server is killed.
  db.transaction(() => {
    const owner = () => number(db, "SELECT application_id FROM pragma_application_id");
    const isEmpty = owner() === 0 && number(db, "SELECT count(*) FROM sqlite_schema") === 0;
    if (isEmpty) db.run(`PRAGMA application_id = ${APPLICATION_ID}`);
    // Again, now that nobody else can write: the log may know of a newer version than the file.
    checkOwner(path, owner(), versionOf(db));
  }).immediate();
}

/** Everything else that a locked file needs before its first row. */
function setUp(db: Database, bytesMax: number): Database {
  db.run("PRAGMA journal_mode = WAL");
  // A commit is with the operating system, not yet on the disk: it survives `kill -9`. A power cut may take the last moments, but
  // never breaks the file.
  db.run("PRAGMA synchronous = NORMAL");
  db.run(`PRAGMA wal_autocheckpoint = ${LOG_PAGES_MAX}`);
  // Before the limit, so that a file that is full can still be brought up to date; and into the file itself, for `claim`.
  if (migrate(db, MIGRATIONS) > 0) db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.run("PRAGMA foreign_keys = ON");
  const pageBytes = number(db, "SELECT page_size FROM pragma_page_size");
  // 0 would be no limit.
  db.run(`PRAGMA max_page_count = ${Math.max(1, Math.floor(bytesMax / pageBytes))}`);
  return db;
}

/** The one number that a query answers. */
function number(db: Database, sql: string): number {
  return Number(db.prepare(sql).values()[0]?.[0]);
}
