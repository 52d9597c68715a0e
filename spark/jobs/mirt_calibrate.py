"""spark-submit spark/jobs/mirt_calibrate.py --help"""

import sys

from seedtest_spark.jobs import main

sys.exit(main(["mirt-calibrate", *sys.argv[1:]]))
