package embedded

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"latchkey/shared/clock"
	"latchkey/shared/coded"
)

// fileFormat names the layout of the file; another one is refused.
const fileFormat = "latchkey-catalog/2"

// defaultLockWait is long enough for a process that is just ending.
const defaultLockWait = 2 * time.Second

// lockRetry is how long Open waits between two attempts to lock the file.
const lockRetry = 20 * time.Millisecond

// Options of Open.
type Options struct {
	// NoSync does not wait for the disk: a loss of power may then cost the file.
	// For tests and benchmarks only.
	NoSync bool
	// LockWait is how long Open waits for another process to close the file; 0: 2 s.
	LockWait time.Duration
}

// Open opens the store in a file, and makes the file if there is none. The store
// takes the time, for expiry, from c. Errors: conflict if another process has
// the file open, invalid if the file is something else, internal if it is damaged.
func Open(ctx context.Context, path string, c clock.Clock, o Options) (*File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := create(path); err != nil {
		return nil, err
	}
	if o.LockWait == 0 {
		o.LockWait = defaultLockWait
	}
	// The first look changes nothing, and finds a foreign or damaged file before
	// bbolt follows its pages.
	look, err := openBolt(ctx, path, o, true)
	if err != nil {
		return nil, err
	}
	err = inspect(look, path)
	if closed := look.Close(); err == nil && closed != nil {
		err = coded.Wrap(coded.Internal, closed, "closing %s", path)
	}
	if err != nil {
		return nil, err
	}
	db, err := openBolt(ctx, path, o, false)
	if err != nil {
		return nil, err
	}
	return &File{db: db, path: path, clock: c, writer: make(chan struct{}, 1)}, nil
}

// openBolt opens the file, waiting up to o.LockWait for its lock.
func openBolt(ctx context.Context, path string, o Options, readOnly bool) (*bbolt.DB, error) {
	options := *bbolt.DefaultOptions
	options.ReadOnly, options.NoSync = readOnly, o.NoSync
	options.FreelistType = bbolt.FreelistMapType
	options.Timeout = time.Nanosecond // one attempt
	retry := time.NewTicker(lockRetry)
	defer retry.Stop()
	deadline := time.NewTimer(o.LockWait)
	defer deadline.Stop()
	for {
		db, err := tryBolt(path, &options)
		if err == nil || !errors.Is(err, bolterrors.ErrTimeout) {
			return db, unusable(path, err)
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-deadline.C:
			busy := coded.Wrap(coded.Conflict, err, "%s is in use by another process", path)
			busy.Hint = "stop the other process, or give this one a folder of its own"
			return nil, busy
		}
	}
}

// tryBolt opens the file; a panic of bbolt and a fault on a page that the file
// does not have become errors.
func tryBolt(path string, options *bbolt.Options) (db *bbolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	err = guard(path, func() (err error) {
		if db, err = bbolt.Open(path, 0o600, options); err != nil {
			return classifyOpen(path, err)
		}
		return nil
	})
	return db, err
}

func classifyOpen(path string, err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrChecksum):
		return foreign(path, err)
	case errors.Is(err, bolterrors.ErrTimeout):
		return coded.Wrap(coded.Conflict, err, "locking %s", path)
	}
	return unusable(path, err)
}

// inspect requires that the file is whole and of this format.
func inspect(db *bbolt.DB, path string) error {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	return guard(path, func() error {
		return db.View(func(tx *bbolt.Tx) error {
			info, err := os.Stat(path)
			if err != nil {
				return unusable(path, err)
			}
			if info.Size() < tx.Size() {
				return damaged("%s has %d bytes of %d", path, info.Size(), tx.Size())
			}
			meta := tx.Bucket(bucketMeta)
			if meta == nil {
				return foreign(path, nil)
			}
			if found := string(meta.Get([]byte("format"))); found != fileFormat {
				return foreign(path, coded.New(coded.Invalid, "format %q, not %q", found, fileFormat))
			}
			return nil
		})
	})
}

func foreign(path string, cause error) error {
	err := coded.New(coded.Invalid, "%s is not a catalog file of this version", path)
	if cause != nil {
		err.Err = cause
	}
	err.Hint = "name another file, or move this one away"
	return err
}

// unusable gives an error of the file system a code; nil stays nil.
func unusable(path string, cause error) error {
	var known *coded.Error
	if cause == nil || errors.As(cause, &known) {
		return cause
	}
	err := coded.Wrap(coded.Invalid, cause, "opening %s", path)
	err.Hint = "check that the folder exists and may be written to"
	return err
}
