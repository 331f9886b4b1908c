package fake

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	bolt "go.etcd.io/bbolt"
)

func contents(t *testing.T, j Journal, kind string) []string {
	t.Helper()
	var got []string
	err := j.Load(kind, func(id string, v []byte) error {
		got = append(got, id+"="+string(v))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestBoltJournal_roundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j.db")
	j, err := OpenJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"b", "a", "c"} {
		if err := j.Save("key", id, []byte("1")); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(j.Save("grant", "a", []byte("g")), j.Delete("key", "c"), j.Delete("key", "never")); err != nil {
		t.Fatal(err)
	}
	if err := Apply(j, []Change{{"key", "a", []byte("2")}, {"key", "b", nil}, {"key", "d", []byte("4")}}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if j, err = OpenJournal(path); err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if got := contents(t, j, "key"); !slices.Equal(got, []string{"a=2", "d=4"}) {
		t.Errorf("keys %v", got)
	}
	if got := contents(t, j, "grant"); !slices.Equal(got, []string{"a=g"}) {
		t.Errorf("grants %v", got)
	}
	if got := contents(t, j, "none"); got != nil {
		t.Errorf("unknown kind %v", got)
	}
}

func TestBoltJournal_Apply(t *testing.T) {
	db, err := bolt.Open(filepath.Join(t.TempDir(), "j.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	one, two := NewJournal(db, "one"), NewJournal(db, "two")
	if err := one.Apply([]Change{{"k", "a", []byte("1")}, {"k", "", []byte("bad")}}); err == nil {
		t.Error("an empty id was taken")
	}
	if got := contents(t, one, "k"); got != nil {
		t.Errorf("half of a failed batch stayed: %v", got)
	}
	if err := one.Save("k", "a", nil); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, one, "k"); !slices.Equal(got, []string{"a="}) {
		t.Errorf("an empty value: %v", got)
	}
	if got := contents(t, two, "k"); got != nil {
		t.Errorf("prefixes share a bucket: %v", got)
	}
}

func TestBoltJournal_Load(t *testing.T) {
	j, err := OpenJournal(filepath.Join(t.TempDir(), "j.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := Apply(j, []Change{{"k", "a", []byte("1")}, {"k", "b", []byte("2")}}); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	n := 0
	if err := j.Load("k", func(string, []byte) error { n++; return stop }); !errors.Is(err, stop) || n != 1 {
		t.Errorf("Load: %v after %d", err, n)
	}
}
