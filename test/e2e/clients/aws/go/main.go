// Does the steps that the first argument has, one after the other, and prints an array of what became of each.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

type step struct {
	Op, Bucket, Key, Text, Prefix, Queue string
	Size                                 int64
}

type result struct {
	Ok      bool   `json:"ok"`
	Value   any    `json:"value,omitempty"`
	Error   string `json:"error,omitempty"`
	Status  int    `json:"status,omitempty"`
	Message string `json:"message,omitempty"`
}

type zeros struct{ left int64 }

func (z *zeros) Read(into []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	count := min(int64(len(into)), z.left)
	clear(into[:count])
	z.left -= count
	return int(count), nil
}

func main() {
	all := []step{}
	if err := json.Unmarshal([]byte(os.Args[1]), &all); err != nil {
		panic(err)
	}
	settings, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		panic(err)
	}
	results := []result{}
	for _, each := range all {
		value, err := do(settings, each)
		results = append(results, became(value, err))
	}
	json.NewEncoder(os.Stdout).Encode(results)
}

func became(value any, err error) result {
	if err == nil {
		return result{Ok: true, Value: value}
	}
	status := 0
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		status = response.HTTPStatusCode()
	}
	return result{Error: fmt.Sprintf("%T", errors.Unwrap(err)), Status: status, Message: err.Error()}
}

func do(settings aws.Config, s step) (any, error) {
	ctx := context.Background()
	client := s3.NewFromConfig(settings)
	switch s.Op {
	case "put":
		_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &s.Bucket, Key: &s.Key, Body: strings.NewReader(s.Text)})
		return nil, err
	case "get":
		got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.Bucket, Key: &s.Key})
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(got.Body)
		return string(text), err
	case "head":
		got, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.Bucket, Key: &s.Key})
		if err != nil {
			return nil, err
		}
		return *got.ContentLength, nil
	case "list":
		got, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &s.Bucket, Prefix: &s.Prefix})
		if err != nil {
			return nil, err
		}
		keys := []string{}
		for _, object := range got.Contents {
			keys = append(keys, *object.Key)
		}
		return keys, nil
	case "buckets":
		_, err := client.ListBuckets(ctx, &s3.ListBucketsInput{})
		return nil, err
	case "delete":
		_, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.Bucket, Key: &s.Key})
		return nil, err
	case "stream":
		_, err := manager.NewUploader(client).Upload(ctx, &s3.PutObjectInput{Bucket: &s.Bucket, Key: &s.Key, Body: &zeros{s.Size}})
		return nil, err
	case "presigned-get":
		signed, err := s3.NewPresignClient(client).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: &s.Bucket, Key: &s.Key})
		if err != nil {
			return nil, err
		}
		answer, err := http.Get(signed.URL)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(answer.Body)
		return string(text), err
	case "queue":
		got, err := sqs.NewFromConfig(settings).GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &s.Queue})
		if err != nil {
			return nil, err
		}
		return *got.QueueUrl, nil
	case "delete-queue":
		_, err := sqs.NewFromConfig(settings).DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &s.Queue})
		return nil, err
	}
	return nil, fmt.Errorf("no such step: %s", s.Op)
}
