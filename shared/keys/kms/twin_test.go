package kms_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/kms"

	"latchkey/shared/customerkey"
	"latchkey/shared/fake/fakekms"
	"latchkey/shared/keys/keystest"
	"latchkey/shared/keys/kms"
)

// body is what the adapter's requests hold, in KMS's names.
type body struct {
	KeyId             string
	EncryptionContext map[string]string
	DryRun            bool
	CiphertextBlob    []byte
	GranteePrincipal  string
	Operations        []string
	Marker            string
}

// front gives the embedded twin the wire format of KMS, and each Region an
// endpoint that knows its own keys only.
type front struct{ twin *fakekms.KMS }

func (f front) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	var in body
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	var out any
	err := error(&customerkey.ServiceError{Operation: operation, Code: customerkey.CodeNotFound, Message: "of another Region"})
	if region := strings.Split(in.KeyId, ":")[3]; r.URL.Host == "kms."+region+".amazonaws.com" {
		out, err = f.do(r, operation, in)
	}
	var service *customerkey.ServiceError
	switch {
	case errors.As(err, &service):
		return reply(r, http.StatusBadRequest, map[string]string{"__type": service.Code, "message": service.Message})
	case err != nil:
		return nil, err
	}
	return reply(r, http.StatusOK, out)
}

func reply(r *http.Request, status int, out any) (*http.Response, error) {
	text, err := json.Marshal(out)
	return &http.Response{StatusCode: status, Request: r, Body: io.NopCloser(strings.NewReader(string(text))),
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}}, err
}

// do calls the twin as the adapter's principal.
func (f front) do(r *http.Request, operation string, in body) (any, error) {
	ctx, who := r.Context(), keystest.Principal
	use := fakekms.Use{KeyARN: in.KeyId, EncryptionContext: in.EncryptionContext, DryRun: in.DryRun}
	switch operation {
	case "DescribeKey":
		d, err := f.twin.DescribeKey(ctx, who, in.KeyId)
		return map[string]any{"KeyMetadata": metadata(d)}, err
	case "GenerateDataKey":
		key, err := f.twin.GenerateDataKey(ctx, who, use)
		return map[string]any{"CiphertextBlob": key.Ciphertext, "Plaintext": key.Plaintext}, err
	case "GenerateDataKeyWithoutPlaintext":
		sealed, err := f.twin.GenerateDataKeyWithoutPlaintext(ctx, who, use)
		return map[string]any{"CiphertextBlob": sealed}, err
	case "Decrypt":
		plain, err := f.twin.Decrypt(ctx, who, use, in.CiphertextBlob)
		return map[string]any{"Plaintext": plain}, err
	case "CreateGrant":
		id, err := f.twin.CreateGrant(ctx, who, fakekms.GrantInput{KeyARN: in.KeyId, GranteePrincipal: in.GranteePrincipal,
			Operations: in.Operations, DryRun: in.DryRun})
		return map[string]any{"GrantId": id}, err
	case "ListGrants":
		grants, next, err := f.twin.ListGrants(ctx, who, in.KeyId, in.Marker)
		return map[string]any{"Grants": list(grants), "Truncated": next != "", "NextMarker": next}, err
	}
	return nil, &customerkey.ServiceError{Operation: operation, Code: "UnknownOperationException"}
}

// metadata is DescribeKey's answer; times are seconds since 1970.
func metadata(d customerkey.Description) map[string]any {
	m := map[string]any{"Arn": d.ARN, "AWSAccountId": d.AccountID, "KeyManager": d.Manager, "KeySpec": d.Spec, "KeyUsage": d.Usage,
		"KeyState": d.State, "Origin": d.Origin, "MultiRegion": d.MultiRegion}
	if d.CustomKeyStoreID != "" {
		m["CustomKeyStoreId"] = d.CustomKeyStoreID
	}
	if !d.DeletionDate.IsZero() {
		m["DeletionDate"] = d.DeletionDate.Unix()
	}
	if !d.ValidTo.IsZero() {
		m["ValidTo"] = d.ValidTo.Unix()
	}
	return m
}

// list is ListGrants' answer. The twin does not tell Subset from Equals.
func list(grants []customerkey.Grant) (out []map[string]any) {
	for _, g := range grants {
		entry := map[string]any{"GrantId": g.ID, "GranteePrincipal": g.GranteePrincipal}
		if len(g.EncryptionContext) > 0 {
			entry["Constraints"] = map[string]any{"EncryptionContextSubset": g.EncryptionContext}
		}
		out = append(out, entry)
	}
	return out
}

// overWire is a twin whose port is the adapter, over the wire format.
type overWire struct{ *keystest.Twin }

func (w overWire) Keys() customerkey.Keys {
	client := sdk.NewFromConfig(aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: front{w.KMS}},
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
	return kms.New(client, kms.Config{PlatformAccount: keystest.PlatformAccount})
}

// TestKeys_Twin passes the whole suite where KMS answers as the twin does, in
// KMS's wire format: states, denials and pages that moto does not have.
func TestKeys_Twin(t *testing.T) {
	keystest.Run(t, func(t *testing.T) keystest.World { return overWire{keystest.NewTwin(t)} })
}
