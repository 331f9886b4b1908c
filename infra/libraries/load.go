// Package libraries loads the libraries of the CDK, which run in Node.
package libraries

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"latchkey/shared/coded"
)

// Load loads the CDK and cdk-nag into this process; constructs can be made from
// then on. It needs Node, and panics without.
//
// The first process of a user unpacks them into a cache. One that comes meanwhile
// would wait for some seconds only and then panic, or take the work over as if the
// other had died: on a slow machine that is not enough. So it waits here, until
// the other is done or ctx ends. [jsii source, kernel, disk-cache: lock, retries 12, stale 10 s]
func Load(ctx context.Context) error {
	dir, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("looking for the user's cache: %w", err)
	}
	dir = filepath.Join(dir, "latchkey")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return coded.Wrap(coded.Invalid, err, "making the folder %s", dir)
	}
	return alone(ctx, filepath.Join(dir, "libraries.lock"), func() { cdknag.NewAwsSolutionsChecks(nil) })
}

// lookEvery is the pause between two tries to get the lock.
const lookEvery = 50 * time.Millisecond

// alone does something while no other process does it with the same file. The
// system ends the lock with the process, however that ends.
func alone(ctx context.Context, path string, do func()) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return coded.Wrap(coded.Invalid, err, "opening the lock")
	}
	defer f.Close()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			do()
			return nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return coded.Wrap(coded.Internal, err, "locking %s", path)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", path, ctx.Err())
		}
	}
}
