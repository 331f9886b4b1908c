// Package scan reads CloudTrail log files as a stream: gzip → JSON → the
// records of AWS KMS, in one pass and in bounded memory.
//
// A log file is one JSON document {"Records":[…]}, usually gzipped [CloudTrail
// guide, CloudTrail log file examples]. Gzip of several members, several
// documents one after the other, pretty-printed and uncompressed files are
// read too.
//
// What is guaranteed:
//
//   - A record that is handed to the visitor is valid JSON, and its fields are
//     those that encoding/json finds (exact names, the last of duplicate members
//     wins, a member of another type counts as absent).
//   - In a valid file no record of KMS is missed, whatever the order of members.
//   - A record of another service is not parsed once its eventSource is known:
//     only its end is found, so a defect inside it can go unseen.
//   - A broken record is reported with its offset, and reading goes on with the
//     next one. What ends a file early (corrupt gzip, a limit, a missing end) is
//     an error; records seen before it have been visited.
//
// Memory is one window (256 KiB, growing to more than twice Limits.RecordBytes
// for a large record) and 80 KiB of compressed bytes and tables, whatever the
// file's size.
package scan

import (
	"context"
	"io"

	"latchkey/shared/coded"
)

// Source is the eventSource of the records that are visited.
const Source = "kms.amazonaws.com"

// Limits bound what one file may cost. A zero value means the default.
type Limits struct {
	RecordBytes int     // longest record; default 2 MiB (CloudTrail writes events of up to 256 KB, 1 MB where enlarged)
	FileBytes   int64   // decompressed size; default 8 GiB
	Ratio       float64 // decompressed ÷ compressed, checked from 16 MiB on; default 200 (real files: 8 … 20)
	Reports     int     // broken records described in Result.Broken; the rest is counted; default 100
}

// Defaults of Limits.
const (
	DefaultRecordBytes = 2 << 20
	DefaultFileBytes   = 8 << 30
	DefaultRatio       = 200
	DefaultReports     = 100

	ratioFrom = 16 << 20 // decompressed bytes before the ratio says anything
)

func (l Limits) withDefaults() Limits {
	if l.RecordBytes <= 0 {
		l.RecordBytes = DefaultRecordBytes
	}
	if l.FileBytes <= 0 {
		l.FileBytes = DefaultFileBytes
	}
	if l.Ratio <= 0 {
		l.Ratio = DefaultRatio
	}
	if l.Reports <= 0 {
		l.Reports = DefaultReports
	}
	return l
}

// Result says what was in a file.
type Result struct {
	Records       int64    // all elements of Records, of every service, broken ones included
	KMSRecords    int64    // of those, visited and accepted
	BrokenRecords int64    // of those, not readable
	Bytes         int64    // decompressed
	Compressed    int64    // read from the source
	Broken        []Broken // the first Limits.Reports broken records
}

// Broken describes a record that could not be read.
type Broken struct {
	File   string
	Offset int64 // of its first byte, in the decompressed file
	Length int64 // bytes skipped
	Reason string
}

// Visitor receives the records of KMS in their order. The record and all it
// points to are valid only during the call. An error of code invalid marks the
// record as broken and reading goes on; any other error ends the file.
type Visitor func(*Record) error

// Scanner reads files one after the other and reuses its buffers. It is not
// safe for concurrent use: take one for each goroutine.
type Scanner struct {
	limits Limits
	src    source
	win    window
	shapes shapes
	cur    cursor
	rec    Record
	visit  Visitor
	name   string
	res    Result
}

// New returns a scanner.
func New(limits Limits) *Scanner {
	limits = limits.withDefaults()
	s := &Scanner{limits: limits}
	s.win.max = limits.RecordBytes
	return s
}

// File reads one file; name is used in reports and errors. The result is
// meaningful with an error too: it counts what was read before. Errors are of
// code invalid when the file's content is at fault (field = name), else what
// the reader, the visitor or ctx returned, wrapped.
func (s *Scanner) File(ctx context.Context, name string, r io.Reader, visit Visitor) (Result, error) {
	s.name, s.visit, s.res = name, visit, Result{}
	s.shapes.begin()
	s.src.open(ctx, r, s.limits)
	s.win.reset(&s.src)
	err := s.documents()
	s.res.Bytes, s.res.Compressed = s.src.out, s.src.in.n
	if err != nil {
		return s.res, s.fileError(err)
	}
	return s.res, nil
}

// fileError names the file in a copy of a content error, and wraps any other.
func (s *Scanner) fileError(err error) error {
	if e, ok := err.(*coded.Error); ok && e.Code == coded.Invalid && e.Field == "" {
		named := *e
		named.Field = s.name
		return &named
	}
	return coded.Wrap(coded.Of(err), err, "reading %s", s.name)
}

func (s *Scanner) broken(offset, length int64, reason string) {
	s.res.BrokenRecords++
	if len(s.res.Broken) < s.limits.Reports {
		s.res.Broken = append(s.res.Broken, Broken{File: s.name, Offset: offset, Length: length, Reason: reason})
	}
}
