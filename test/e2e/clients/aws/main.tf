terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "bucket" {
  type = string
}

provider "aws" {
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

resource "aws_s3_object" "file" {
  bucket  = var.bucket
  key     = "terraform/a b+c"
  content = "of terraform"
}
