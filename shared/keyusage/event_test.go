package keyusage_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"latchkey/shared/keyusage"
)

func TestParseUUID(t *testing.T) {
	for s, ok := range map[string]bool{
		"6e2fcf0f-5d2b-4b0f-9d3f-0d9d3a1d3c11":  true,
		"6E2FCF0F-5D2B-4B0F-9D3F-0D9D3A1D3C11":  true,
		"6e2fcf0f-5d2b-4b0f-9d3f-0d9d3a1d3c1":   false,
		"6e2fcf0f-5d2b-4b0f-9d3f-0d9d3a1d3c111": false,
		"6e2fcf0f05d2b-4b0f-9d3f-0d9d3a1d3c11":  false,
		"6e2fcf0f-5d2b-4b0f-9d3f-0d9d3a1d3c1g":  false,
		"":                                      false,
	} {
		id, got := keyusage.ParseUUID([]byte(s))
		if got != ok {
			t.Errorf("%q: %v, want %v", s, got, ok)
		}
		if ok && id.String() != "6e2fcf0f-5d2b-4b0f-9d3f-0d9d3a1d3c11" {
			t.Errorf("%q is read as %s", s, id)
		}
	}
}

func TestEventSet_Add(t *testing.T) {
	s := keyusage.NewEventSet()
	ids := make([]keyusage.UUID, 5000) // the first is all zeros
	for i := range ids {
		ids[i][0], ids[i][15] = byte(i), byte(i>>8)
	}
	var added atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i, id := range ids {
				if s.Add(int64(i%3), id) {
					added.Add(1)
				}
			}
		}()
	}
	wg.Wait()
	if added.Load() != int64(len(ids)) || s.Len() != len(ids) {
		t.Errorf("%d added, %d in the set; want %d", added.Load(), s.Len(), len(ids))
	}
	s.Forget(2)
	if s.Len() != len(ids)/3 || !s.Add(0, ids[0]) || s.Add(2, ids[2]) {
		t.Errorf("%d left; want only those of hour 2", s.Len())
	}
}

func TestOutcomeOf(t *testing.T) {
	for code, want := range map[string]keyusage.Outcome{
		"": keyusage.Allowed, "AccessDenied": keyusage.Denied, "AccessDeniedException": keyusage.Denied,
		"UnauthorizedOperation": keyusage.Denied, "InvalidGrantTokenException": keyusage.Denied, "VpceAccessDenied": keyusage.Denied,
		"KeyUnavailableException": keyusage.Failed, "DependencyTimeoutException": keyusage.Failed, "KMSInternalException": keyusage.Failed,
		"DisabledException": keyusage.Unusable, "KMSInvalidStateException": keyusage.Unusable, "NotFoundException": keyusage.Unusable,
		"ThrottlingException": keyusage.Throttled, "DryRunOperationException": keyusage.Probed, "InvalidCiphertextException": keyusage.Failed,
	} {
		if got := keyusage.OutcomeOf(code); got != want {
			t.Errorf("%q: %s, want %s", code, got, want)
		}
	}
}
