package events

// ObjectCreated is the detail of S3's Object Created. [S3 guide, EventBridge
// event message structure]
type ObjectCreated struct {
	Version         string   `json:"version"`
	Bucket          S3Bucket `json:"bucket"`
	Object          S3Object `json:"object"`
	RequestID       string   `json:"request-id,omitempty"`
	Requester       string   `json:"requester,omitempty"`
	SourceIPAddress string   `json:"source-ip-address,omitempty"`
	Reason          string   `json:"reason,omitempty"` // PutObject, CopyObject, CompleteMultipartUpload, …
}

// S3Bucket names the bucket.
type S3Bucket struct {
	Name string `json:"name"`
}

// S3Object names the object.
type S3Object struct {
	Key       string `json:"key"`
	Size      int64  `json:"size,omitempty"`
	ETag      string `json:"etag,omitempty"`
	VersionID string `json:"version-id,omitempty"`
	Sequencer string `json:"sequencer,omitempty"`
}
