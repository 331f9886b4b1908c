package deployed

import (
	"context"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/objects"
)

// readOnly is a catalog that takes no change.
type readOnly struct{ catalog.Store }

// Commit implements catalog.Store.
func (readOnly) Commit(context.Context, catalog.Tx) error {
	return coded.New(coded.Internal, "the table of a deployed cell is only read from here")
}

// unkept is the ledger's catalog: what the ledger would keep there for the next
// question is as if another had kept something meanwhile, which it takes for no
// failure.
type unkept struct{ catalog.Store }

// Commit implements catalog.Store.
func (unkept) Commit(context.Context, catalog.Tx) error {
	return coded.Wrap(coded.Retryable, catalog.ErrConflict, "the table of a deployed cell is only read from here")
}

// unkeptObjects is a storage that keeps nothing: what the ledger would put there for the
// next question is counted again.
type unkeptObjects struct{ ledger.Objects }

// Put implements ledger.Objects.
func (unkeptObjects) Put(_ context.Context, _, key string, body []byte, _ objects.Options) (objects.Info, error) {
	return objects.Info{Key: key, Size: int64(len(body))}, nil
}
