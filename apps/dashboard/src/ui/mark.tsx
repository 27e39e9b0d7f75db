/** The gateway's sign: a door with something in it. */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <rect width="24" height="24" rx="6" class="mark-ground" />
      <path d="M7 18V11a5 5 0 0 1 10 0v7" class="mark-door" />
      <path d="M12 18v-5" class="mark-way" />
    </svg>
  );
}
