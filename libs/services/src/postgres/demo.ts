/**
 * The demo database: a small learning platform, the same on every machine. Values come from row numbers by
 * multiplication with primes, not from random(). Foreign keys come last: checked once, they cost a tenth.
 */
export const demoSeed = `
CREATE TABLE users (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL UNIQUE,
  country char(2) NOT NULL,
  role text NOT NULL DEFAULT 'learner' CHECK (role IN ('learner', 'teacher', 'admin')),
  preferences jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL
);
CREATE TABLE courses (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title text NOT NULL UNIQUE,
  level text NOT NULL CHECK (level IN ('beginner', 'intermediate', 'advanced')),
  tags text[] NOT NULL,
  teacher_id integer NOT NULL,
  price numeric(8, 2) NOT NULL CHECK (price >= 0),
  published_on date
);
CREATE TABLE videos (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  course_id integer NOT NULL,
  position integer NOT NULL,
  title text NOT NULL,
  duration interval NOT NULL,
  created_at timestamptz NOT NULL,
  UNIQUE (course_id, position)
);
CREATE TABLE enrollments (
  user_id integer NOT NULL,
  course_id integer NOT NULL,
  enrolled_at timestamptz NOT NULL,
  completed_at timestamptz,
  rating smallint CHECK (rating BETWEEN 1 AND 5),
  PRIMARY KEY (user_id, course_id)
);
CREATE TABLE watch_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id integer NOT NULL,
  video_id integer NOT NULL,
  seconds_watched integer NOT NULL CHECK (seconds_watched >= 0),
  device text NOT NULL,
  watched_at timestamptz NOT NULL
);

INSERT INTO users (name, email, country, role, preferences, created_at)
SELECT first || ' ' || last, lower(first || '.' || last) || n || '@example.org', country,
       CASE WHEN n <= 2 THEN 'admin' WHEN n <= 14 THEN 'teacher' ELSE 'learner' END,
       jsonb_build_object('language', language, 'newsletter', n % 3 = 0, 'playbackSpeed', 1 + (n % 4) * 0.25),
       timestamptz '2024-01-08 08:00:00+00' + n * interval '7 hours 13 minutes'
FROM (
  SELECT n,
    (ARRAY['Anna','Ben','Clara','David','Elif','Finn','Greta','Hugo','Ines','Jonas','Karim','Lena','Mila','Noah','Olga',
           'Paul','Rosa','Samir','Tara','Yusuf'])[1 + n * 7 % 20] AS first,
    (ARRAY['Albrecht','Bauer','Costa','Dubois','Eriksen','Fischer','Garcia','Huber','Ivanova','Jansen','Keller','Lopez',
           'Meier','Novak','Okafor','Pereira','Rossi','Schmid','Toth','Weber','Yilmaz','Zimmer','Lang'])[1 + n * 11 % 23] AS last,
    (ARRAY['AT','DE','DE','CH','AT','FR','ES','IT','PL','NL'])[1 + n * 3 % 10] AS country,
    (ARRAY['de','de','en','fr','es'])[1 + n % 5] AS language
  FROM generate_series(1, 2000) n
) people;

INSERT INTO courses (title, level, tags, teacher_id, price, published_on)
SELECT subject || ' ' || kind, (ARRAY['beginner','intermediate','advanced'])[k],
       ARRAY[lower(split_part(subject, ' ', 1)), (ARRAY['basics','practice','projects'])[k]],
       3 + (s * 3 + k) % 12, (s * 7 + k * 13) % 60 + 0.90 * (k - 1),
       CASE WHEN s + k < 15 THEN date '2024-02-01' + ((s * 3 + k) * 11)::int END
FROM unnest(ARRAY['Drawing','Piano','Children''s Yoga','Reading Aloud','Coding','Astronomy','Gardening','Mindful Breathing',
                  'Mathematics','English','Storytelling','Pottery','Birdwatching'])
       WITH ORDINALITY subjects(subject, s),
     unnest(ARRAY['for Beginners','in Practice','Masterclass']) WITH ORDINALITY kinds(kind, k)
UNION ALL
SELECT 'How to Teach Online', 'advanced', ARRAY['teaching','practice'], 3, 49.00, date '2024-03-15';

INSERT INTO videos (course_id, position, title, duration, created_at)
SELECT c, p,
       'Lesson ' || p || ': ' || (ARRAY['Welcome','First steps','The right tools','A closer look','Common mistakes',
         'Practice together','A small project','Questions and answers','Going further','Looking back','Colours and shapes',
         'Rhythm and pace','Working with others','Your own idea','Farewell'])[p],
       make_interval(secs => 180 + (c * 97 + p * 61) % 1500),
       timestamptz '2024-02-01 09:00:00+00' + (c * 15 + p) * interval '19 hours'
FROM generate_series(1, 40) c, generate_series(1, 15) p;

INSERT INTO enrollments (user_id, course_id, enrolled_at, completed_at, rating)
SELECT u, c, enrolled, CASE WHEN (u + c) % 3 = 0 THEN enrolled + ((u * c) % 90 + 9) * interval '1 day' END,
       CASE WHEN (u * 5 + c) % 4 = 0 THEN (ARRAY[5,4,5,3,5,4,1])[1 + (u * 3 + c) % 7] END
FROM (
  SELECT u, 4 * floor(10 * power((u * (37 + 6 * k) % 1000) / 1000.0, 1.6))::int + k AS c,
         timestamptz '2025-01-06 10:00:00+00' + (u * 31 + k * 977) % 600 * interval '1 day 20 minutes' AS enrolled
  FROM generate_series(1, 2000) u, generate_series(1, 4) k
) chosen;

INSERT INTO watch_events (user_id, video_id, seconds_watched, device, watched_at)
SELECT user_id, (course_id - 1) * 15 + lesson, 20 + (user_id * 37 + lesson * 101) % 1400,
       (ARRAY['phone','tablet','laptop','laptop','tv'])[1 + (user_id + lesson * 3) % 5],
       enrolled_at + (lesson * 26 + (user_id * lesson) % 19) * interval '1 hour 7 minutes' AS watched_at
FROM enrollments, generate_series(1, 4 + (user_id * 3 + course_id) % 6) lesson
ORDER BY watched_at;

ALTER TABLE courses ADD FOREIGN KEY (teacher_id) REFERENCES users;
ALTER TABLE videos ADD FOREIGN KEY (course_id) REFERENCES courses;
ALTER TABLE enrollments ADD FOREIGN KEY (user_id) REFERENCES users, ADD FOREIGN KEY (course_id) REFERENCES courses;
ALTER TABLE watch_events ADD FOREIGN KEY (user_id) REFERENCES users, ADD FOREIGN KEY (video_id) REFERENCES videos;

CREATE INDEX users_created_at ON users (created_at);
CREATE INDEX courses_teacher ON courses (teacher_id);
CREATE INDEX enrollments_course ON enrollments (course_id, enrolled_at);
CREATE INDEX watch_events_user ON watch_events (user_id, watched_at);
CREATE INDEX watch_events_video ON watch_events (video_id);

CREATE VIEW course_popularity AS
  SELECT c.id, c.title, count(*) AS enrollments, count(e.completed_at) AS completions, round(avg(e.rating), 2) AS average_rating
  FROM courses c JOIN enrollments e ON e.course_id = c.id GROUP BY c.id, c.title;

COMMENT ON TABLE users IS 'People on the platform: learners, teachers and admins';
COMMENT ON COLUMN users.country IS 'ISO 3166-1 alpha-2';
COMMENT ON COLUMN users.preferences IS 'language, newsletter, playbackSpeed';
COMMENT ON TABLE courses IS 'Courses, each led by one teacher';
COMMENT ON COLUMN courses.price IS 'In euros; 0 is free';
COMMENT ON COLUMN courses.published_on IS 'Empty while the course is a draft';
COMMENT ON TABLE videos IS 'Lessons of a course in their order';
COMMENT ON TABLE enrollments IS 'Who takes which course, since when, and how it was rated';
COMMENT ON COLUMN enrollments.rating IS '1 to 5 stars; empty when not rated';
COMMENT ON TABLE watch_events IS 'One row for every time that a video was watched';
COMMENT ON COLUMN watch_events.seconds_watched IS 'May exceed the duration when parts were watched twice';
COMMENT ON VIEW course_popularity IS 'Enrollments, completions and average rating by course';

ANALYZE;
`;
