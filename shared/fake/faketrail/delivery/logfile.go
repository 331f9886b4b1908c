package delivery

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"latchkey/shared/keyusage/digest"
)

// deliver writes one log file.
func (d *Delivery) deliver(ctx context.Context, name string, r *region, now time.Time) error {
	n := min(len(r.docs), d.cfg.Records)
	oldest, newest := r.docs[0].at, r.docs[0].at
	var content bytes.Buffer
	content.WriteString(`{"Records":[`)
	for i, rec := range r.docs[:n] {
		if i > 0 {
			content.WriteByte(',')
		}
		content.Write(rec.body)
		oldest, newest = min(oldest, rec.at), max(newest, rec.at)
	}
	content.WriteString(`]}`)
	key := d.logKey(name, now)
	body, err := pack(content.Bytes())
	if err != nil {
		return err
	}
	if err := d.to.PutObject(ctx, key, body, nil); err != nil {
		return fmt.Errorf("delivering %s: %w", key, err)
	}
	d.delivered(r, n)
	if !d.cfg.Validate {
		return nil
	}
	sum := sha256.Sum256(content.Bytes())
	r.Logs = append(r.Logs, digest.LogFile{Bucket: d.cfg.Bucket, Object: key, Hash: hex.EncodeToString(sum[:]),
		HashAlgorithm: digest.HashAlgorithm, OldestEventTime: oldest, NewestEventTime: newest})
	if r.Oldest == "" || oldest < r.Oldest {
		r.Oldest = oldest
	}
	r.Newest = max(r.Newest, newest)
	return nil
}

// delivered forgets the first n records.
func (d *Delivery) delivered(r *region, n int) {
	for _, rec := range r.docs[:n] {
		d.keep(kindRecord, rec.id, nil)
	}
	r.docs = slices.Delete(r.docs, 0, n)
	r.dirty = true
}

// logKey names a log file. [CloudTrail guide, CloudTrail log file name format]
func (d *Delivery) logKey(region string, at time.Time) string {
	at = at.UTC()
	return fmt.Sprintf("AWSLogs/%s/CloudTrail/%s/%s/%s_CloudTrail_%s_%s_%s.json.gz", d.cfg.Account, region,
		at.Format("2006/01/02"), d.cfg.Account, region, at.Format("20060102T1504Z"), d.unique())
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// unique returns the 16 characters that tell files of one minute apart.
func (d *Delivery) unique() string {
	b := make([]byte, 16)
	for i := range b {
		b[i] = letters[d.random.Int64N(int64(len(letters)))]
	}
	return string(b)
}

// writers are used again: a new one clears more memory than a small file has.
var writers = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

func pack(content []byte) ([]byte, error) {
	var out bytes.Buffer
	w := writers.Get().(*gzip.Writer)
	defer writers.Put(w)
	w.Reset(&out)
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
