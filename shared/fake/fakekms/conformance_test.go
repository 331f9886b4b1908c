package fakekms_test

import (
	"testing"

	"latchkey/shared/keys/keystest"
)

// TestKMS_Conformance passes the suite of the adapter on AWS KMS.
func TestKMS_Conformance(t *testing.T) {
	keystest.Run(t, func(t *testing.T) keystest.World { return keystest.NewTwin(t) })
}
