package template

import (
	"fmt"
	"strings"

	"latchkey/shared/coded"
)

// Resolver computes the values of a deployed stack's properties: references to
// resources, their attributes and pseudo parameters. It knows Ref, Fn::GetAtt,
// Fn::Sub, Fn::Join, Fn::Select and Fn::Split, and refuses any other function.
// [CloudFormation guide, Intrinsic function reference]
type Resolver struct {
	Account, Region, Stack string
	Types                  map[string]string // logical id → type
	Physical               map[string]string // logical id → physical id
	Attributes             map[string]string // "Table.StreamArn": what no rule can compute
}

// Resolve returns v with every intrinsic function replaced by its value. It
// returns coded.Invalid, with the function, where that cannot be done.
func (r Resolver) Resolve(v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 1 {
			for name, arg := range v {
				if name == "Ref" || strings.HasPrefix(name, "Fn::") {
					return r.call(name, arg)
				}
			}
		}
		out := make(map[string]any, len(v))
		for k, x := range v {
			var err error
			if out[k], err = r.Resolve(x); err != nil {
				return nil, err
			}
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			var err error
			if out[i], err = r.Resolve(x); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

// Text resolves a value that is a string, a number or a boolean.
func (r Resolver) Text(v any) (string, error) {
	v, err := r.Resolve(v)
	if err != nil {
		return "", err
	}
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case float64, bool:
		return fmt.Sprint(v), nil
	}
	return "", coded.New(coded.Invalid, "a string is wanted, not %v", v)
}

func (r Resolver) call(name string, arg any) (any, error) {
	switch name {
	case "Ref":
		id, _ := arg.(string)
		return r.ref(id)
	case "Fn::GetAtt":
		if s, ok := arg.(string); ok {
			id, attribute, _ := strings.Cut(s, ".")
			return r.attribute(id, attribute)
		}
		if list, ok := arg.([]any); ok && len(list) == 2 {
			id, _ := list[0].(string)
			attribute, _ := list[1].(string)
			return r.attribute(id, attribute)
		}
	case "Fn::Sub":
		return r.sub(arg)
	}
	list, ok := arg.([]any)
	if ok && len(list) == 2 {
		switch name {
		case "Fn::Join":
			return r.join(list)
		case "Fn::Split":
			return r.split(list)
		case "Fn::Select":
			return r.choose(list)
		}
	}
	return nil, coded.New(coded.Invalid, "%s of %v is not supported", name, arg)
}

func (r Resolver) ref(id string) (string, error) {
	switch id {
	case "AWS::AccountId":
		return r.Account, nil
	case "AWS::Region":
		return r.Region, nil
	case "AWS::Partition":
		return "aws", nil
	case "AWS::URLSuffix":
		return "amazonaws.com", nil
	case "AWS::StackName":
		return r.Stack, nil
	case "AWS::NoValue":
		return "", nil
	}
	if p, ok := r.Physical[id]; ok {
		return p, nil
	}
	return "", coded.New(coded.Invalid, "Ref of %s: the stack has no such resource", id)
}

// arns are the forms of ARNs, by type, of {service}:{Region}:{account}:{resource}.
var arns = map[string]string{
	"AWS::Lambda::Function": "lambda:%r:%a:function:%p",
	"AWS::SQS::Queue":       "sqs:%r:%a:%p",
	"AWS::Events::EventBus": "events:%r:%a:event-bus/%p",
	"AWS::DynamoDB::Table":  "dynamodb:%r:%a:table/%p",
	"AWS::KMS::Key":         "kms:%r:%a:key/%p",
	"AWS::IAM::Role":        "iam::%a:role/%p",
	"AWS::S3::Bucket":       "s3:::%p",
	"AWS::Logs::LogGroup":   "logs:%r:%a:log-group:%p:*",
}

func (r Resolver) attribute(id, attribute string) (string, error) {
	if v, ok := r.Attributes[id+"."+attribute]; ok {
		return v, nil
	}
	physical, ok := r.Physical[id]
	if !ok {
		return "", coded.New(coded.Invalid, "Fn::GetAtt of %s.%s: the stack has no such resource", id, attribute)
	}
	form, ok := arns[r.Types[id]]
	switch {
	case attribute == "Arn" && ok:
		if r.Types[id] == "AWS::SQS::Queue" { // its physical id is its URL
			physical = physical[strings.LastIndexByte(physical, '/')+1:]
		}
		return "arn:aws:" + strings.NewReplacer("%r", r.Region, "%a", r.Account, "%p", physical).Replace(form), nil
	case attribute == "Name" || attribute == "QueueName" || attribute == "KeyId" || attribute == "GroupId":
		return physical[strings.LastIndexByte(physical, '/')+1:], nil
	}
	return "", coded.New(coded.Invalid, "Fn::GetAtt of %s.%s: no rule for %s", id, attribute, r.Types[id])
}
