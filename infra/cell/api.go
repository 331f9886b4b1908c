package cell

import (
	"encoding/json"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/parts"
	"latchkey/shared/deployment"
)

// Throttling of the whole API: requests a second, and at once. A sidecar that
// serves from memory asks rarely. [API Gateway guide, Throttling for HTTP APIs]
const (
	apiRate  = 2000
	apiBurst = 1000
)

const apiID = "Api"

// api makes the HTTP API: every route with IAM authorization, to the function
// that the table says. [API Gateway guide, Controlling access to HTTP APIs with IAM authorization]
func (c *Cell) api() {
	awsapigatewayv2.NewCfnApi(c.Stack, jsii.String(apiID), &awsapigatewayv2.CfnApiProps{
		Name: jsii.String(deployment.Prefix), ProtocolType: jsii.String("HTTP"),
		Description: jsii.String("Access decisions and the use of keys."),
	})
	for _, f := range deployment.Functions() {
		if f.Place == deployment.InCell && len(f.HTTP) > 0 {
			c.endpoints(c.made[f.Name])
		}
	}
	c.stage()
}

func (c *Cell) endpoints(f parts.Function) {
	id := parts.ID(f.Spec.Name)
	awsapigatewayv2.NewCfnIntegration(c.Stack, jsii.String(id+"Integration"), &awsapigatewayv2.CfnIntegrationProps{
		ApiId: awscdk.Fn_Ref(jsii.String(apiID)), IntegrationType: jsii.String("AWS_PROXY"), PayloadFormatVersion: jsii.String("2.0"),
		IntegrationUri:  parts.Text(f.ARN()),
		TimeoutInMillis: jsii.Number(float64(min(f.Spec.Timeout, deployment.APITimeout).Milliseconds())),
	})
	// A permission names the path; its second * is the method, of which the path
	// has one route. [API Gateway guide, HTTP API Lambda integrations]
	for _, e := range f.Spec.HTTP {
		name := endpointID(e)
		awsapigatewayv2.NewCfnRoute(c.Stack, jsii.String(name+"Route"), &awsapigatewayv2.CfnRouteProps{
			ApiId: awscdk.Fn_Ref(jsii.String(apiID)), RouteKey: jsii.String(e.Method + " " + e.Path),
			AuthorizationType: jsii.String("AWS_IAM"), Target: parts.Text("integrations/${" + id + "Integration}"),
		})
		awslambda.NewCfnPermission(c.Stack, jsii.String(name+"Permission"), &awslambda.CfnPermissionProps{
			Action: jsii.String("lambda:InvokeFunction"), FunctionName: parts.Text(f.ARN()), Principal: jsii.String("apigateway.amazonaws.com"),
			SourceAccount: parts.Text("${AWS::AccountId}"),
			SourceArn:     parts.Text("arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${" + apiID + "}/*/*" + e.Path),
		})
	}
}

// endpointID is "GetTenantsTenantContext" for GET /tenants/{tenant}/context.
func endpointID(e deployment.Endpoint) string {
	words := strings.NewReplacer("{", "", "}", "").Replace(strings.ToLower(e.Method) + e.Path)
	return parts.ID(words)
}

// accessLog is one line of the access log. It holds no header and no body.
// [API Gateway guide, Logging variables for HTTP APIs]
var accessLog = map[string]string{
	"requestId": "$context.requestId", "time": "$context.requestTime", "route": "$context.routeKey", "path": "$context.path",
	"status": "$context.status", "caller": "$context.identity.caller", "ip": "$context.identity.sourceIp",
	"latencyMs": "$context.responseLatency", "integrationError": "$context.integrationErrorMessage",
}

func (c *Cell) stage() {
	const logsID = apiID + "Logs"
	awslogs.NewCfnLogGroup(c.Stack, jsii.String(logsID), &awslogs.CfnLogGroupProps{
		LogGroupName: jsii.String("/aws/vendedlogs/" + deployment.Name("api")), RetentionInDays: jsii.Number(float64(c.props.Settings.LogDays)),
	})
	format, err := json.Marshal(accessLog)
	if err != nil {
		panic(err) // texts always marshal
	}
	awsapigatewayv2.NewCfnStage(c.Stack, jsii.String(apiID+"Stage"), &awsapigatewayv2.CfnStageProps{
		ApiId: awscdk.Fn_Ref(jsii.String(apiID)), StageName: jsii.String("$default"), AutoDeploy: true,
		AccessLogSettings: &awsapigatewayv2.CfnStage_AccessLogSettingsProperty{
			DestinationArn: parts.Text("${" + logsID + ".Arn}"), Format: jsii.String(string(format)),
		},
		DefaultRouteSettings: &awsapigatewayv2.CfnStage_RouteSettingsProperty{
			ThrottlingRateLimit: jsii.Number(apiRate), ThrottlingBurstLimit: jsii.Number(apiBurst), DetailedMetricsEnabled: true,
		},
	})
	awscdk.NewCfnOutput(c.Stack, jsii.String("ApiUrl"), &awscdk.CfnOutputProps{
		Value: parts.Text("https://${" + apiID + "}.execute-api.${AWS::Region}.${AWS::URLSuffix}"), Description: jsii.String("The cell's HTTP API."),
	})
}
