package stack

import (
	"fmt"
	"path/filepath"
	"testing"

	"latchkey/shared/objects/objectstest"
)

func TestObjects_Conformance(t *testing.T) {
	o, err := OpenObjects(filepath.Join(t.TempDir(), "objects.db"), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Close() })
	n := 0
	objectstest.Run(t, o, func(*testing.T) string {
		n++
		return fmt.Sprintf("bucket-%d", n)
	})
}
