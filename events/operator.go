package events

// KeyReturnApproved lets databases come back under a key that is usable again,
// where the tenant chose approval (detail-type Key Return Approved).
type KeyReturnApproved struct {
	Version    string `json:"version"` // "1"
	KeyARN     string `json:"keyArn"`
	ApprovedBy string `json:"approvedBy"`
}

// Validate checks the form of the ARN.
func (e *KeyReturnApproved) Validate() error {
	if _, err := ParseKeyARN(e.KeyARN); err != nil {
		return inField("detail.keyArn", err)
	}
	return nil
}
