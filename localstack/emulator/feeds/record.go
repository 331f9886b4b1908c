package feeds

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// record is one record of a stream, in the form that functions get it.
type record struct {
	sequence string
	at       time.Time
	body     json.RawMessage
}

// newRecord turns what the stream gives into what Lambda hands over.
// [Lambda guide, Using Lambda with DynamoDB, example event]
func newRecord(r types.Record, stream, region string) (record, error) {
	if r.Dynamodb == nil {
		return record{}, fmt.Errorf("record %s of %s has no change", aws.ToString(r.EventID), stream)
	}
	d := r.Dynamodb
	change := map[string]any{
		"SequenceNumber": aws.ToString(d.SequenceNumber), "StreamViewType": string(d.StreamViewType), "SizeBytes": aws.ToInt64(d.SizeBytes),
		"Keys": items(d.Keys),
	}
	if d.NewImage != nil {
		change["NewImage"] = items(d.NewImage)
	}
	if d.OldImage != nil {
		change["OldImage"] = items(d.OldImage)
	}
	at := aws.ToTime(d.ApproximateCreationDateTime)
	if !at.IsZero() {
		change["ApproximateCreationDateTime"] = float64(at.Unix())
	}
	body, err := json.Marshal(map[string]any{
		"eventID": aws.ToString(r.EventID), "eventName": string(r.EventName), "eventVersion": aws.ToString(r.EventVersion),
		"eventSource": "aws:dynamodb", "awsRegion": region, "eventSourceARN": stream, "dynamodb": change,
	})
	return record{sequence: aws.ToString(d.SequenceNumber), at: at, body: body}, err
}

func items(in map[string]types.AttributeValue) map[string]any {
	out := make(map[string]any, len(in))
	for name, v := range in {
		out[name] = attribute(v)
	}
	return out
}

// attribute returns a value in DynamoDB's JSON; bytes become base64.
func attribute(v types.AttributeValue) map[string]any {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": v.Value}
	case *types.AttributeValueMemberB:
		return map[string]any{"B": v.Value}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": v.Value}
	case *types.AttributeValueMemberSS:
		return map[string]any{"SS": v.Value}
	case *types.AttributeValueMemberNS:
		return map[string]any{"NS": v.Value}
	case *types.AttributeValueMemberBS:
		return map[string]any{"BS": v.Value}
	case *types.AttributeValueMemberM:
		return map[string]any{"M": items(v.Value)}
	case *types.AttributeValueMemberL:
		list := make([]map[string]any, len(v.Value))
		for i, x := range v.Value {
			list[i] = attribute(x)
		}
		return map[string]any{"L": list}
	}
	return map[string]any{"NULL": true}
}
