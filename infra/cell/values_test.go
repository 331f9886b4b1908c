package cell

import (
	"slices"
	"testing"

	"latchkey/infra/settings"
)

// TestKnown holds that the cell's own roles are known beside those of the
// settings, and that only "any" lets everybody.
func TestKnown(t *testing.T) {
	const (
		own   = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/latchkey-${AWS::Region}-*"
		other = "arn:aws:iam::111122223333:role/application"
	)
	for _, test := range []struct {
		given settings.Settings
		want  []string
	}{
		{settings.Settings{}, []string{own}},
		{settings.Settings{KnownPrincipals: []string{other}}, []string{other, own}},
		{settings.Settings{AnyPrincipal: true}, []string{"any"}},
	} {
		if got := known(test.given); !slices.Equal(got, test.want) {
			t.Errorf("known are %q, want %q", got, test.want)
		}
	}
}
