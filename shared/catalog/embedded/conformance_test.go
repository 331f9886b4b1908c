package embedded_test

import (
	"context"
	"path/filepath"
	"testing"

	"latchkey/shared/catalog"
	"latchkey/shared/catalog/catalogtest"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/clock"
)

func TestMemory_Conformance(t *testing.T) {
	catalogtest.Run(t, func(t *testing.T, c clock.Clock) (catalog.Store, catalog.Outbox) {
		m := embedded.NewMemory(c)
		return m, m
	})
}

func TestFile_Conformance(t *testing.T) {
	catalogtest.Run(t, func(t *testing.T, c clock.Clock) (catalog.Store, catalog.Outbox) {
		f := openFile(t, filepath.Join(t.TempDir(), "catalog.db"), c)
		return f, f
	})
}

// openFile opens a file that is not synced, and closes it when the test ends.
func openFile(t testing.TB, path string, c clock.Clock) *embedded.File {
	t.Helper()
	f, err := embedded.Open(context.Background(), path, c, embedded.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}
