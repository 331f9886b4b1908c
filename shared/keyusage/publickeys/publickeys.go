// Package publickeys gets CloudTrail's public keys, with which it signs its
// digest files. It makes the one call that it needs (ListPublicKeys) with the
// SDK's signer, so that no function has to link the whole client of CloudTrail.
package publickeys

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"latchkey/shared/clock"
	"latchkey/shared/coded"
)

const (
	target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListPublicKeys"
	// span is how far back keys are asked for: digests are looked at soon, or by
	// hand. [CloudTrail API reference, ListPublicKeys: StartTime, EndTime]
	span     = 400 * 24 * time.Hour
	timeout  = 10 * time.Second
	maxBytes = 4 << 20
	maxPages = 20
	again    = 10 * time.Minute // before a fingerprint that is not there is asked for again
)

// Keys are CloudTrail's keys of a Region. Safe for concurrent use.
type Keys struct {
	cfg   aws.Config
	clock clock.Clock

	mu    sync.Mutex
	known map[string][]byte
	asked time.Time
}

// New returns the keys of the configuration's Region.
func New(cfg aws.Config, c clock.Clock) *Keys { return &Keys{cfg: cfg, clock: c} }

// PublicKey implements digest.PublicKeys.
func (k *Keys) PublicKey(ctx context.Context, fingerprint string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if der, found := k.known[fingerprint]; found {
		return der, nil
	}
	if now := k.clock.Now(); k.asked.IsZero() || now.Sub(k.asked) >= again {
		known, err := k.list(ctx, now)
		if err != nil {
			return nil, err
		}
		k.known, k.asked = known, now
	}
	if der, found := k.known[fingerprint]; found {
		return der, nil
	}
	return nil, coded.New(coded.NotFound, "CloudTrail has no public key with fingerprint %s", fingerprint)
}

// page is an answer. [CloudTrail API reference, ListPublicKeys]
type page struct {
	PublicKeyList []struct {
		Fingerprint string
		Value       []byte // PKCS #1, DER
	}
	NextToken string `json:",omitempty"`
}

func (k *Keys) list(ctx context.Context, now time.Time) (map[string][]byte, error) {
	known := map[string][]byte{}
	token := ""
	for range maxPages {
		in := map[string]any{"StartTime": now.Add(-span).Unix(), "EndTime": now.Unix()}
		if token != "" {
			in["NextToken"] = token
		}
		var out page
		if err := k.call(ctx, in, &out); err != nil {
			return nil, err
		}
		for _, key := range out.PublicKeyList {
			known[key.Fingerprint] = key.Value
		}
		if token = out.NextToken; token == "" {
			return known, nil
		}
	}
	return nil, coded.New(coded.Internal, "CloudTrail lists more than %d pages of public keys", maxPages)
}

func (k *Keys) call(ctx context.Context, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	body, err := json.Marshal(in)
	if err != nil {
		return coded.Wrap(coded.Internal, err, "encoding ListPublicKeys")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, k.endpoint(), bytes.NewReader(body))
	if err != nil {
		return coded.Wrap(coded.Internal, err, "calling ListPublicKeys")
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", target)
	credentials, err := k.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return coded.Wrap(coded.Retryable, err, "credentials for ListPublicKeys")
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(sum[:]), "cloudtrail", k.cfg.Region, k.clock.Now()); err != nil {
		return coded.Wrap(coded.Internal, err, "signing ListPublicKeys")
	}
	return k.send(req, out)
}

func (k *Keys) send(req *http.Request, out any) error {
	client := k.cfg.HTTPClient
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return coded.Wrap(coded.Retryable, err, "calling ListPublicKeys")
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxBytes))
	switch {
	case err != nil:
		return coded.Wrap(coded.Retryable, err, "reading the answer of ListPublicKeys")
	case res.StatusCode != http.StatusOK && (res.StatusCode >= 500 || bytes.Contains(answer, []byte("Throttling"))):
		return coded.New(coded.Retryable, "ListPublicKeys: %s", res.Status)
	case res.StatusCode != http.StatusOK:
		return coded.New(coded.Internal, "ListPublicKeys: %s: %.300s", res.Status, answer)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return coded.Wrap(coded.Retryable, err, "reading the answer of ListPublicKeys")
	}
	return nil
}

// endpoint of CloudTrail in the Region. [AWS General Reference, CloudTrail endpoints]
func (k *Keys) endpoint() string {
	if k.cfg.BaseEndpoint != nil {
		return *k.cfg.BaseEndpoint
	}
	suffix := ".amazonaws.com/"
	if strings.HasPrefix(k.cfg.Region, "cn-") {
		suffix = ".amazonaws.com.cn/"
	}
	return "https://cloudtrail." + k.cfg.Region + suffix
}
