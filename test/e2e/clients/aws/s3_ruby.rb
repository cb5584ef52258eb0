# Does the steps that the first argument has, one after the other, and prints an array of what became of each.
require 'aws-sdk-s3'
require 'json'
require 'net/http'

client = Aws::S3::Client.new
doers = {
  'buckets' => ->(_) { client.list_buckets.buckets.map(&:name) },
  'put' => ->(s) { client.put_object(bucket: s['bucket'], key: s['key'], body: s['text']).etag },
  'get' => ->(s) { client.get_object(bucket: s['bucket'], key: s['key']).body.read.force_encoding('UTF-8') },
  'head' => ->(s) { client.head_object(bucket: s['bucket'], key: s['key']).content_length },
  'list' => ->(s) { client.list_objects_v2(bucket: s['bucket'], prefix: s['prefix']).contents.map(&:key) },
  'delete' => ->(s) { client.delete_object(bucket: s['bucket'], key: s['key']) && nil },
  'stream' => lambda { |s|
    object = Aws::S3::Object.new(s['bucket'], s['key'], client: client)
    object.upload_stream { |out| (s['size'] / 65_536).times { out << ("\0" * 65_536) } }
    nil
  },
  'presigned-get' => lambda { |s|
    url = Aws::S3::Presigner.new(client: client).presigned_url(:get_object, bucket: s['bucket'], key: s['key'])
    Net::HTTP.get(URI(url))
  },
}
results = JSON.parse(ARGV[0]).map do |step|
  { ok: true, value: doers.fetch(step['op']).call(step) }
rescue StandardError => e
  status = e.respond_to?(:context) ? e.context&.http_response&.status_code : nil
  { ok: false, error: e.class.name, status: status, message: e.message }
end
puts JSON.generate(results)
