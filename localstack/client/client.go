// Package client calls the HTTP API of a local stack.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"latchkey/localstack/api"
	"latchkey/shared/coded"
)

// DefaultURL is where `up` listens unless it is told otherwise.
const DefaultURL = "http://127.0.0.1:7420"

// Client calls one stack. It is not safe for concurrent use. Errors are coded:
// those of the API as it tells them, and retryable where no stack answers.
type Client struct {
	base string
	http *http.Client
	now  time.Time
}

// New returns the client of the stack at an address such as DefaultURL.
func New(address string) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, coded.Field("url", "give the address that `up` prints, such as "+DefaultURL, "%q is not the address of a local stack", address)
	}
	return &Client{base: strings.TrimSuffix(address, "/"), http: &http.Client{}}, nil
}

// Now returns the stack's virtual time in the last answer.
func (c *Client) Now() time.Time { return c.now }

// get and post ask for a path and read the answer into out.
func (c *Client) get(ctx context.Context, path string, query url.Values, out any) error {
	_, err := c.call(ctx, http.MethodGet, path, query, nil, out)
	return err
}

func (c *Client) post(ctx context.Context, path string, query url.Values, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return coded.Wrap(coded.Internal, err, "encoding the request")
	}
	_, err = c.call(ctx, http.MethodPost, path, query, body, out)
	return err
}

// call returns the answer's status; an answer that is a problem is an error.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, body []byte, out any) (int, error) {
	target := c.base + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return 0, coded.Wrap(coded.Invalid, err, "asking %s", target)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return 0, c.silent(ctx, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, c.silent(ctx, err)
	}
	if now, err := time.Parse(time.RFC3339Nano, res.Header.Get(api.TimeHeader)); err == nil {
		c.now = now
	} else {
		return 0, coded.Field("url", "give the address that `up` prints", "what answers at %s is not a local stack", c.base)
	}
	if res.StatusCode >= 300 {
		var p api.Problem
		if err := json.Unmarshal(answer, &p); err == nil && p.Code != "" {
			return res.StatusCode, p.Err()
		}
	}
	if text, ok := out.(*[]byte); ok {
		*text = answer
		return res.StatusCode, nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return res.StatusCode, coded.Wrap(coded.Internal, err, "reading the answer of %s %s (%d)", method, path, res.StatusCode)
	}
	return res.StatusCode, nil
}

// silent is the error of a stack that does not answer.
func (c *Client) silent(ctx context.Context, cause error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var u *url.Error
	if errors.As(cause, &u) {
		cause = u.Err
	}
	e := coded.Wrap(coded.Retryable, cause, "no local stack answers at %s", c.base)
	e.Hint = "start one with `go run ./localstack up` (or `attach`, for a deployed cell), or name its address with --url or LATCHKEY_URL"
	return e
}

// escape makes a path of an id that may hold slashes.
func escape(id string) string {
	parts := strings.Split(id, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}

// all reads every page of a list.
func all[T any](read func(after string) (items []T, next string, err error)) ([]T, error) {
	out := []T{}
	for after := ""; ; {
		items, next, err := read(after)
		if err != nil {
			return nil, err
		}
		out = append(out, items...)
		if next == "" {
			return out, nil
		}
		if next == after {
			return nil, fmt.Errorf("client: a list does not go on after %q", after)
		}
		after = next
	}
}
