terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.60"
    }
  }

  backend "s3" {
    bucket = "keneyapp-terraform-state"
    key    = "production/terraform.tfstate"
    region = "eu-west-3"
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      project     = "keneyapp"
      environment = var.environment
    }
  }
}

resource "aws_ecr_repository" "image" {
  for_each             = toset(["keneyapp-backend", "keneyapp-frontend"])
  name                 = each.key
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_s3_bucket" "uploads" {
  bucket = "keneyapp-${var.environment}-uploads"
}

resource "aws_s3_bucket_versioning" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  versioning_configuration {
    status = "Enabled"
  }
}
