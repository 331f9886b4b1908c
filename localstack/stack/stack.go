package stack

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/localstack/cell"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/clock"
	"latchkey/shared/coded"
	"latchkey/shared/fake"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/reconcile"
)

// Options of Open.
type Options struct {
	Dir      string
	Settings Settings
	Speed    float64       // of virtual time against the wall's; 0: 1
	KMSLag   time.Duration // the longest that KMS takes to show a change everywhere
	Sync     bool          // wait for the disk at every change, against a loss of power; a kill is safe either way
	Wall     clock.Clock   // nil: the machine's
	Log      *slog.Logger  // nil: none
}

// delay is how late AWS's own events are: much less than in AWS, so that a
// person at a terminal sees them come.
var delay = cell.Delay{Min: 200 * time.Millisecond, Max: 2 * time.Second}

// Stack is the running whole. Its methods are safe for concurrent use. Open,
// then Run; Close after Run has returned.
type Stack struct {
	settings Settings
	contract *events.Contract
	log      *slog.Logger
	db       *bolt.DB
	store    *outbox
	objects  *Objects
	clock    *Clock
	sent     *SentLog

	token chan struct{} // whoever holds it owns the cell
	cell  *cell.Cell
	watch map[string]error // refusals by event id, while a put waits for them

	wake  chan struct{}
	mu    sync.Mutex
	moved chan struct{} // closed and replaced when time has moved or cannot
	fault error         // why time stands still
}

// Open opens the stack in a folder, and makes it if there is none. Errors:
// conflict if another process has it open or it was made with other settings,
// invalid if it cannot be used.
func Open(ctx context.Context, o Options) (_ *Stack, err error) {
	o.setDefaults()
	if err := o.Settings.check(); err != nil {
		return nil, err
	}
	db, err := openJournal(o)
	if err != nil {
		return nil, err
	}
	s := &Stack{
		contract: events.NewContract(events.Config{}), log: o.Log, db: db,
		token: make(chan struct{}, 1), wake: make(chan struct{}, 1), moved: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	return s, s.open(ctx, o)
}

func (o *Options) setDefaults() {
	if o.Wall == nil {
		o.Wall = clock.System{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
}

func (s *Stack) open(ctx context.Context, o Options) (err error) {
	if s.settings, err = keepSettings(s.db, o.Settings); err != nil {
		return err
	}
	if s.clock, err = openClock(s.db, o.Wall, o.Speed); err != nil {
		return err
	}
	if s.sent, err = openSentLog(s.db, keepSent); err != nil {
		return err
	}
	file, err := embedded.Open(ctx, filepath.Join(o.Dir, "catalog.db"), s.clock, embedded.Options{NoSync: !o.Sync})
	if err != nil {
		return err
	}
	if s.objects, err = OpenObjects(filepath.Join(o.Dir, "objects.db"), o.Sync); err != nil {
		return errors.Join(err, file.Close())
	}
	s.store = &outbox{File: file, log: s.sent, taken: map[string]events.Envelope{}}
	return s.openCell(ctx, o)
}

func (s *Stack) openCell(ctx context.Context, o Options) (err error) {
	s.cell, err = cell.New(ctx, cell.Config{
		Account: s.settings.Account, Regions: s.settings.Regions, Seed: s.settings.Seed, Clock: s.clock,
		Store: s.store, Journal: fake.NewJournal(s.db, "cell"), MaxLag: o.KMSLag, Delay: delay, Log: o.Log,
		Ledger: &cell.Ledger{Objects: s.objects}, Sent: s.store.take, Handled: s.handled,
	})
	if err != nil {
		return err
	}
	return s.cell.RestoreForwards()
}

func openJournal(o Options) (*bolt.DB, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		bad := coded.Wrap(coded.Invalid, err, "making the folder %s", o.Dir)
		bad.Hint = "name a folder that may be written to with --dir"
		return nil, bad
	}
	path := filepath.Join(o.Dir, "journal.db")
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWait, NoSync: !o.Sync})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		busy := coded.Wrap(coded.Conflict, err, "another `up` is running on %s", o.Dir)
		busy.Hint = "use it, stop it, or give this one a folder of its own with --dir"
		return nil, busy
	case err != nil:
		bad := coded.Wrap(coded.Invalid, err, "opening %s", path)
		bad.Hint = "check that the folder may be written to; a damaged file has to be moved away"
		return nil, bad
	}
	return db, nil
}

// lockWait is how long Open waits for a process that is just ending.
const lockWait = time.Second

// Close saves the clock and closes the files.
func (s *Stack) Close() error {
	var errs []error
	if s.clock != nil {
		errs = append(errs, s.clock.save())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.objects != nil {
		errs = append(errs, s.objects.Close())
	}
	return errors.Join(append(errs, s.db.Close())...)
}

// Plane answers reads; it needs no turn.
func (s *Stack) Plane() *reconcile.Plane { return s.cell.Plane }

// Ledger is the ledger of key use; asking it needs no turn.
func (s *Stack) Ledger() *ledger.Ledger { return s.cell.Ledger }

// Settings returns what the folder was made with.
func (s *Stack) Settings() Settings { return s.settings }

// Health returns what the stack serves, its virtual time, and why time stands
// still where it does.
func (s *Stack) Health() api.Health {
	h := api.Health{OK: true, Account: s.settings.Account, Regions: s.settings.Regions, Now: s.clock.Now()}
	if err := s.Fault(); err != nil {
		h.OK, h.Problem = false, err.Error()
	}
	return h
}

// Sent returns the log of outgoing events.
func (s *Stack) Sent() *SentLog { return s.sent }

// own waits for the cell and runs do as its only user.
func (s *Stack) own(ctx context.Context, do func() error) error {
	select {
	case s.token <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.token }()
	return do()
}
