import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.auth.scheme.S3AuthSchemeProvider;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;
import software.amazon.awssdk.services.sqs.SqsClient;

/** Does the steps that the arguments spell, op, bucket, key and text of each between tabs, and prints a line of what became of each. */
public class Client {
  /** Signs every chunk of what it sends, when it is asked to. */
  static final S3Client s3 = System.getenv("SIGN_CHUNKS") == null ? S3Client.create() : signingChunks();

  static S3Client signingChunks() {
    S3AuthSchemeProvider usual = S3AuthSchemeProvider.defaultProvider();
    return S3Client.builder()
        .authSchemeProvider(
            asked ->
                usual.resolveAuthScheme(asked).stream()
                    .map(
                        scheme ->
                            !asked.operation().equals("PutObject") ? scheme : scheme.toBuilder()
                                .putSignerProperty(AwsV4FamilyHttpSigner.PAYLOAD_SIGNING_ENABLED, true)
                                .putSignerProperty(AwsV4FamilyHttpSigner.CHUNK_ENCODING_ENABLED, true)
                                .build())
                    .toList())
        .build();
  }

  public static void main(String[] steps) {
    for (String step : steps) {
      try {
        System.out.println("ok " + run(step.split("\t", -1)));
      } catch (AwsServiceException error) {
        System.out.println(
            "failed " + error.getClass().getSimpleName() + " " + error.statusCode() + " " + error.getMessage());
      } catch (Exception error) {
        System.out.println("failed " + error);
      }
    }
  }

  static String run(String[] step) throws Exception {
    String bucket = step[1];
    String key = step[2];
    switch (step[0]) {
      case "put":
        s3.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromString(step[3]));
        return "";
      case "get":
        return s3.getObjectAsBytes(b -> b.bucket(bucket).key(key)).asString(StandardCharsets.UTF_8);
      case "head":
        return "" + s3.headObject(b -> b.bucket(bucket).key(key)).contentLength();
      case "list":
        StringBuilder keys = new StringBuilder();
        s3.listObjectsV2(b -> b.bucket(bucket).prefix(key)).contents().forEach(o -> keys.append(o.key()).append('|'));
        return keys.toString();
      case "delete":
        s3.deleteObject(b -> b.bucket(bucket).key(key));
        return "";
      case "buckets":
        return "" + s3.listBuckets().buckets().size();
      case "sized":
        s3.putObject(
            b -> b.bucket(bucket).key(key),
            RequestBody.fromInputStream(new Zeros(Long.parseLong(step[3])), Long.parseLong(step[3])));
        return "";
      case "presigned-get":
        try (S3Presigner presigner = S3Presigner.create()) {
          URI url =
              presigner
                  .presignGetObject(
                      p -> p.signatureDuration(Duration.ofMinutes(5)).getObjectRequest(b -> b.bucket(bucket).key(key)))
                  .url()
                  .toURI();
          return HttpClient.newHttpClient()
              .send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString())
              .body();
        }
      case "queue":
        try (SqsClient sqs = SqsClient.create()) {
          return sqs.getQueueUrl(b -> b.queueName(bucket)).queueUrl();
        }
      default:
        throw new IllegalArgumentException(step[0]);
    }
  }

  static class Zeros extends InputStream {
    private long left;

    Zeros(long size) {
      left = size;
    }

    @Override
    public int read() {
      return left-- > 0 ? 0 : -1;
    }

    @Override
    public int read(byte[] into, int from, int length) {
      if (left <= 0) return -1;
      int count = (int) Math.min(length, left);
      java.util.Arrays.fill(into, from, from + count, (byte) 0);
      left -= count;
      return count;
    }
  }
}
