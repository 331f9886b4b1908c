package customerkey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"latchkey/shared/customerkey/keypolicy"
)

// Requirement is one thing that the preflight asks of a key.
type Requirement struct {
	Name   string `json:"name"` // "kms:CreateGrant", "key state", …
	Met    bool   `json:"met"`
	Detail string `json:"detail,omitempty"`
	Fix    string `json:"fix,omitempty"`
}

// Report is the answer of a preflight.
type Report struct {
	ARN          string        `json:"arn"`
	Usable       bool          `json:"usable"`
	Unanswered   bool          `json:"unanswered,omitempty"` // KMS gave no answer: ask again, nothing is known to be wrong
	Requirements []Requirement `json:"requirements"`
	Statement    string        `json:"statement,omitempty"` // policy statements that allow all that is missing, as JSON
	Canary       []byte        `json:"-"`
	StoreID      string        `json:"-"`
}

// Missing returns the requirements that are not met.
func (r Report) Missing() []Requirement {
	var out []Requirement
	for _, q := range r.Requirements {
		if !q.Met {
			out = append(out, q)
		}
	}
	return out
}

// Summary names what is missing, in one line.
func (r Report) Summary() string {
	if r.Usable {
		return "all requirements are met"
	}
	var names []string
	for _, q := range r.Missing() {
		if q.Detail != "" {
			names = append(names, q.Name+": "+q.Detail)
		} else {
			names = append(names, q.Name)
		}
	}
	return strings.Join(names, "; ")
}

// Want is what a key is to be used for.
type Want struct {
	TenantID        string
	Region          string // of the tenant's databases
	PlatformAccount string // whose principals must be allowed
}

// Preflight asks whether databases can be made under a key: right Region,
// customer managed, symmetric, enabled, and every call allowed that Latchkey
// and RDS on its behalf will make. It changes nothing but for one data key that
// is made (and kept as ciphertext) to try decryption with.
func Preflight(ctx context.Context, keys Keys, arn string, canary []byte, want Want) Report {
	r := &preflight{Report: Report{ARN: arn, Canary: canary}}
	r.metadata(ctx, keys, want)
	if !r.Unanswered {
		r.permissions(ctx, keys, want)
	}
	missing := r.Missing()
	r.Usable = len(missing) == 0 && !r.Unanswered
	if !r.Usable && r.needsStatement(missing) {
		r.Statement = Statement(want)
	}
	return r.Report
}

type preflight struct{ Report }

func (r *preflight) add(met bool, name, detail, fix string) {
	if met {
		detail, fix = "", ""
	}
	r.Requirements = append(r.Requirements, Requirement{Name: name, Met: met, Detail: detail, Fix: fix})
}

func (r *preflight) metadata(ctx context.Context, keys Keys, want Want) {
	region := regionOf(r.ARN)
	r.add(region == want.Region, "key Region", fmt.Sprintf("the key is in %s, the databases are in %s", region, want.Region),
		"give a key of "+want.Region+", or a multi-Region replica there")
	d, err := keys.Describe(ctx, r.ARN)
	if err != nil {
		r.called("kms:DescribeKey", err)
		return
	}
	r.StoreID = d.CustomKeyStoreID
	r.add(true, "kms:DescribeKey", "", "")
	r.add(d.Manager == "CUSTOMER", "customer managed", "key manager is "+d.Manager, "create a customer managed key")
	r.add(d.Spec == "SYMMETRIC_DEFAULT" && d.Usage == "ENCRYPT_DECRYPT", "symmetric encryption key",
		fmt.Sprintf("key spec %s, usage %s", d.Spec, d.Usage), "create a key of spec SYMMETRIC_DEFAULT and usage ENCRYPT_DECRYPT")
	v := VerdictOfState(d.State)
	r.add(v.Standing == Usable, "key state", "the key is "+d.State, stateFix(d.State))
}

func stateFix(state string) string {
	switch state {
	case StateDisabled:
		return "enable the key"
	case StatePendingDeletion, StatePendingReplicaDeletion:
		return "cancel the deletion, then enable the key"
	case StatePendingImport:
		return "import the key material"
	case StateUnavailable:
		return "connect the custom key store"
	}
	return "wait until the key is Enabled"
}

func (r *preflight) permissions(ctx context.Context, keys Keys, want Want) {
	for _, q := range r.Requirements {
		if !q.Met && q.Name == "kms:DescribeKey" {
			return // nothing more can be learnt
		}
		if !q.Met && q.Name == "key state" {
			return // every call would fail on the state
		}
	}
	context := EncryptionContext(want.TenantID)
	err := keys.TryGenerateDataKey(ctx, r.ARN, context)
	r.called("kms:GenerateDataKey", err)
	if err == nil && len(r.Canary) == 0 {
		if r.Canary, err = keys.NewCanary(ctx, r.ARN, context); err != nil {
			r.called("kms:GenerateDataKeyWithoutPlaintext", err)
		}
	}
	if len(r.Canary) > 0 {
		r.called("kms:Decrypt", keys.TryDecrypt(ctx, r.ARN, r.Canary, context))
	}
	r.called("kms:CreateGrant", keys.TryCreateGrant(ctx, r.ARN))
}

// called records the outcome of a call that the policy has to allow.
func (r *preflight) called(action string, err error) {
	if err == nil {
		r.add(true, action, "", "")
		return
	}
	v := VerdictOfError(err)
	detail, fix := v.Detail, "see the key's state"
	switch {
	case v.Cause == CauseAccessDenied:
		detail, fix = "denied", "add the statement to the key policy"
	case v.Cause == CauseKeyGone:
		detail, fix = "there is no such key", "check the ARN: account, Region and key id"
	case v.Standing == Unreachable:
		r.Unanswered = true
		fix = "nothing to do: it is asked again"
		var service *ServiceError
		if !errors.As(err, &service) {
			detail = "KMS did not answer"
		}
	}
	r.add(false, action, detail, fix)
}

func (r *preflight) needsStatement(missing []Requirement) bool {
	for _, q := range missing {
		if strings.HasPrefix(q.Name, "kms:") && q.Detail == "denied" {
			return true
		}
	}
	return false
}

// Statement returns the key-policy statements that let Latchkey's account use
// the key for a tenant, as indented JSON.
func Statement(want Want) string {
	b, err := json.MarshalIndent(keypolicy.Statements(keypolicy.For{
		Account: want.PlatformAccount, Tenant: want.TenantID, Region: want.Region,
	}), "", "  ")
	if err != nil {
		panic(err) // plain structs of strings always marshal
	}
	return string(b)
}

func regionOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[3]
}
