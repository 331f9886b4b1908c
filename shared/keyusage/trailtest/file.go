package trailtest

import (
	"bytes"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"
)

// File returns file n as JSON, with so many records. Files must be asked for in
// order to come out the same again.
func (g *Generator) File(n, records int) []byte {
	start := g.cfg.Start.Add(time.Duration(n) * g.cfg.PerFile)
	b := make([]byte, 0, records*1400+64)
	b = append(b, `{"Records":[`...)
	for i := range records {
		if i > 0 {
			b = append(b, ',')
		}
		g.at = start.Add(g.cfg.PerFile * time.Duration(i) / time.Duration(max(records, 1)))
		if g.rng.IntN(100) < g.cfg.KMSPercent {
			b = g.kms(b)
		} else {
			b = g.other(b)
		}
	}
	return append(b, `]}`...)
}

// GzipFile returns file n as CloudTrail stores it.
func (g *Generator) GzipFile(n, records int) []byte {
	return Gzip(g.File(n, records))
}

// Gzip compresses at gzip's usual level.
func Gzip(data []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.DefaultCompression)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // a bytes.Buffer takes everything, and the level is valid
	}
	return out.Bytes()
}

// Name returns the S3 key of file n. [CloudTrail guide, Finding your CloudTrail log files]
func (g *Generator) Name(n int) string {
	at := g.cfg.Start.Add(time.Duration(n+1) * g.cfg.PerFile)
	w := g.World
	return "AWSLogs/" + w.Account + "/CloudTrail/" + w.Region + at.Format("/2006/01/02/") + w.Account +
		"_CloudTrail_" + w.Region + "_" + at.Format("20060102T1504Z") + "_" + pad(n, 8) + "AbCdEfGh.json.gz"
}

func (g *Generator) note(u Use) {
	if g.Seen != nil {
		u.Hour = g.at.Unix() / 3600
		g.Seen(u)
	}
}

func (g *Generator) text(b []byte, name, value string) []byte {
	b = append(b, '"')
	b = append(b, name...)
	b = append(b, `":"`...)
	b = append(b, value...)
	return append(b, '"')
}

func (g *Generator) time(b []byte, name string, t time.Time) []byte {
	b = append(b, '"')
	b = append(b, name...)
	b = append(b, `":"`...)
	b = t.AppendFormat(b, "2006-01-02T15:04:05Z")
	return append(b, '"')
}

func (g *Generator) ids(b []byte) []byte {
	b = append(b, `"requestID":"`...)
	b = g.appendUUID(b)
	b = append(b, `","eventID":"`...)
	b = g.appendUUID(b)
	return append(b, '"')
}

func (g *Generator) ip(b []byte) []byte {
	b = append(b, "10."...)
	for i := range 3 {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendInt(b, int64(g.rng.IntN(256)), 10)
	}
	return b
}
