"""spark-submit spark/jobs/cluster_segments.py --help"""

import sys

from seedtest_spark.jobs import main

sys.exit(main(["cluster-segments", *sys.argv[1:]]))
