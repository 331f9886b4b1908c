package proxy

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
)

// OriginHeader of a PutEvents call says which account its events come from: a
// customer's, whose rule forwards them to our bus. The emulator knows no such
// rules and no such field, so the proxy remembers it by the ids in the answer.
const OriginHeader = "X-Latchkey-Origin-Account"

// accountHeader tells moto which account a call is made in. [moto documentation, Multi-account support]
const accountHeader = "X-Moto-Account-Id"

// maxOrigins bounds how many events' accounts are remembered.
const maxOrigins = 100_000

type originKey struct{}

// origins is which account each event came from.
type origins struct {
	mu      *sync.Mutex
	account map[string]string
	order   *[]string
}

func newOrigins() origins {
	return origins{mu: &sync.Mutex{}, account: map[string]string{}, order: &[]string{}}
}

// from returns the request as the emulator may see it, with the account in its context.
func (o origins) from(r *http.Request, account string) *http.Request {
	if given := r.Header.Get(OriginHeader); given != "" {
		account = given
	}
	r = r.WithContext(context.WithValue(r.Context(), originKey{}, account))
	r.Header.Del(OriginHeader)
	return r
}

// learn notes the ids of the events that an answer to PutEvents holds.
func (o origins) learn(res *http.Response) error {
	account, _ := res.Request.Context().Value(originKey{}).(string)
	if account == "" || res.StatusCode != http.StatusOK {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return err
	}
	res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	var answer struct{ Entries []struct{ EventId string } }
	if json.Unmarshal(body, &answer) != nil {
		return nil // not an answer that names events; the caller sees it as it is
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range answer.Entries {
		if e.EventId != "" {
			o.account[e.EventId] = account
			*o.order = append(*o.order, e.EventId)
		}
	}
	for len(*o.order) > maxOrigins {
		delete(o.account, (*o.order)[0])
		*o.order = (*o.order)[1:]
	}
	return nil
}

// Origin returns the account that an event was put from, if it went through
// this proxy. An event that the emulator sent on from one bus to another has a
// new id, so it is not known.
func (p *Proxy) Origin(eventID string) (account string, ok bool) {
	p.origin.mu.Lock()
	defer p.origin.mu.Unlock()
	account, ok = p.origin.account[eventID]
	return account, ok
}

// foreignKey returns the account of the key that a call of KMS names by its
// ARN, if it is another than ours; else "". KMS finds the key of an ARN in the
// ARN's account; moto looks in the caller's.
func foreignKey(body []byte, ours string) string {
	var call struct{ KeyId string }
	if json.Unmarshal(body, &call) != nil {
		return ""
	}
	parts := strings.SplitN(call.KeyId, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "kms" || parts[4] == ours {
		return ""
	}
	return parts[4]
}
